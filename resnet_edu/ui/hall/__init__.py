"""The hall takes part: routes beside Streamlit's for joining, following and voting, and what a page shows of it."""
