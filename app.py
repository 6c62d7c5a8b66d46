"""Entry point for ``streamlit run app.py``: configuration, language, navigation and nothing else."""

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

from resnet_edu.ui.hall import asked, hall, share
from resnet_edu.ui.serving import first_visit, headers, lesson, server
from resnet_edu.ui.shared import turns
from resnet_edu.ui.shell import frame, lecture, navigation, notes, question, visits
from resnet_edu.ui.text import language
from resnet_edu.ui.url import links, query

if __name__ == "__main__":  # run as a script for each session
    st.set_page_config(page_title="resnet-edu", page_icon=frame.ICON, layout="wide")
    language.settle()
    page = st.navigation(navigation.pages(), position="top")
    links.keep_in_address()
    query.begin()
    frame.begin()
    frame.choose_language()
    if notes.are_asked_for():
        notes.show()
    else:
        visits.come_back(page.url_path or navigation.HOME.id)
        lecture.lead(page, hall.keys())
        hall.attend(page)
        share.look(page)
        question.ask()
        asked.ask_task()
        frame.list_sections()
        with turns.turn():
            page.run()
        share.offer(page)
        frame.end(page)
        query.tell()
        visits.note(page.url_path or navigation.HOME.id)
    server.page_is_out()
else:  # imported once by the server
    navigation.take_over()
    from resnet_edu.ui.hall import routes as of_halls  # no session's script needs them
    from resnet_edu.ui.stream import route as of_streams

    app = st.App(
        __file__,
        lifespan=server.lifespan,
        routes=[Route("/lesson.html", lesson.page), *of_halls.routes(), *of_streams.routes()],
        middleware=[Middleware(headers.Headers), Middleware(first_visit.FirstVisit)],
    )
