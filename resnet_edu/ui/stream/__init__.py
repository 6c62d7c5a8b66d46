"""Live streams: frames come over a websocket, answers go back, without a run of the page."""
