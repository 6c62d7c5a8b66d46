"""The texts of a hall's scripts and pages, in the reader's language."""

from resnet_edu.errors import mark
from resnet_edu.ui.text.language import LANGUAGES, translated

WORDS = {
    "hall": mark("Hall {code}"),
    "join": mark("Join"),
    "code": mark("The code on the lecturer's screen"),
    "leave": mark("Leave the hall"),
    "left": mark("You have left the hall."),
    "lecturer_at": mark("The lecturer is at: {place}"),
    "no_place": mark("The lecturer has not begun yet."),
    "open_figures": mark("Open the figures and follow"),
    "following": mark("Following"),
    "come_back": mark("Back to the lecturer"),
    "nothing_asked": mark("No question is open. It appears here when the lecturer asks."),
    "your_answer": mark("Your answer: {answer}. You can change it while the question is open."),
    "waiting": mark("Waiting for the lecturer."),
    "closed_unanswered": mark("The question is closed. Waiting for the lecturer."),
    "closed_answered": mark("Your answer: {answer}. Waiting for the lecturer."),
    "late": mark("Your last answer came after the question was closed and does not count."),
    "late_answered": mark(
        "Your last answer came after the question was closed. The one that counts: {answer}. Waiting for the lecturer."
    ),
    "round": mark("Round {round}"),
    "round_votes": mark("Round {round}: {votes}"),
    "talk": mark("Talk to your neighbour, then answer again."),
    "connecting": mark("Connecting …"),
    "full": mark("This hall is full. Answer by a show of hands."),
    "gone": mark("There is no hall with this code now."),
    "closed": mark("The lecturer has closed the hall."),
    "slow": mark("Too many tries. Wait a minute, then try again."),
    "later": mark("The answer could not be stored yet. It is sent again by itself."),
    "away": mark("The halls can't be reached now. Try again in a moment."),
    "not_sent": mark("The server can't be reached: nothing was sent. Try again."),
    "cookie": mark(
        "This browser keeps no cookies, and the hall counts phones by them. Allow them, or raise your hand."
    ),
    "answered": mark("{answered} of {joined} have answered"),
    "joined": mark("{joined} joined, {following} follow"),
    "hall_button": mark("Hall"),
    "open_hall": mark("Open a hall"),
    "show_code": mark("Show the code (q)"),
    "hide": mark("Hide"),
    "go_to": mark("On your phone:"),
    "ask": mark("Ask the hall"),
    "close_question": mark("Close the question"),
    "reveal": mark("Show the answers"),
    "cover": mark("Hide the answers"),
    "again": mark("Ask again after talking"),
    "reset": mark("Forget these answers"),
    "live": mark("Bars grow while the hall answers"),
    "hands": mark("Show of hands"),
    "csv": mark("Answers as CSV"),
    "end": mark("Close the hall"),
    "end_sure": mark("Close the hall and forget its answers?"),
    "no_question": mark("This stop asks no question."),
    "began_anew": mark("The server had forgotten this hall: the count began anew."),
    "other_key": mark("This browser is no longer known as the lecturer's. Open the lecturer's address again."),
    "many_halls": mark("Too many halls are open on this server. Close one first."),
    "tabs": mark("This phone has the hall open in too many tabs."),
    "quiet": mark("The server hasn't answered for a few seconds. It will continue automatically."),
    "unreachable": mark("The server can't be reached. Trying again …"),
    "votes": mark("{count} ({percent}%)"),
    "panel": mark("Hall and votes (v)"),
    "questions_here": mark("Questions on this page: {count}"),
    "show_me": mark("Show me"),
    "think": mark("What do you think?"),
    "earlier": mark("Answers so far: {count}"),
    "right": mark("The right answer: {answer}"),
    "opinion": mark("There is no right answer to this one."),
    "lecturer_title": mark("Lecturer"),
    "key": mark("The key that the server printed when it was started"),
    "enter": mark("Enter"),
    "wrong_key": mark("That is not the key."),
}


def words(language: str) -> dict[str, str]:
    """Return all texts, and what stands between two sentences."""
    return {name: translated(text, language) for name, text in WORDS.items()} | {
        "between": LANGUAGES[language].marks.sentence
    }
