"""Does deeper mean better? Vote, look at real training, then make a deeper net that is no worse."""

import streamlit as st

from resnet_edu.ui import frame

frame.header("depth")
with frame.loading():
    pass
