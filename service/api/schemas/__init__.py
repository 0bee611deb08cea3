"""What goes in and out of the API, by noun."""
