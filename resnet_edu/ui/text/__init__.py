"""Languages: source strings, lessons, Streamlit's own widget texts."""
