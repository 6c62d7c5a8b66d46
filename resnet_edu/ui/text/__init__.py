"""Languages: source strings, lessons and the texts of Streamlit's own widgets."""
