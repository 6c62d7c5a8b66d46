"""Translations of the names that Streamlit gives its own controls, which a script in the browser replaces."""

from resnet_edu.errors import mark
from resnet_edu.ui.text.language import LANGUAGES, _, translated

NAMES = (
    mark("App pages"),
    mark("Choose an option"),
    mark("Choose options"),
    mark("Clear all"),
    mark("Clear entry"),
    mark("Clear value"),
    mark("Close"),
    mark("Close fullscreen"),
    mark("Close Search"),
    mark("Collapse sidebar"),
    mark("Copy column name"),
    mark("Copy to clipboard"),
    mark("Copied"),
    mark("Copy version to clipboard"),
    mark("Dark"),
    mark("Dataframe column menu"),
    mark("Decrement"),
    mark("Download as CSV"),
    mark("Expand sidebar"),
    mark("Fullscreen"),
    mark("Increment"),
    mark("Light"),
    mark("Link to heading"),
    mark("Logo"),
    mark("Made with Streamlit v"),  # and its number
    mark("Main menu"),
    mark("Navigate to home page"),
    mark("Next Result"),
    mark("No results"),
    mark("Notifications"),
    mark("Open"),
    mark("Press Enter to apply"),
    mark("Previous Result"),
    mark("Print"),
    mark("progress"),
    mark("Record screen"),
    mark("Remove {name}"),
    mark("Scroll tabs left"),
    mark("Scroll tabs right"),
    mark("Search"),
    mark("Select all"),
    mark("Selected values"),
    mark("Show/hide columns"),
    mark("Sidebar"),
    mark("Snapshot"),
    mark("System"),
    mark("Theme"),
)
"""Names that Streamlit's frontend gives its controls, for screen readers, as placeholders or in menus."""


def names() -> dict[str, str]:
    """Map each name, in every language, to the reader's language: the language may have just been changed."""
    return {translated(name, language): _(name) for name in NAMES for language in LANGUAGES}
