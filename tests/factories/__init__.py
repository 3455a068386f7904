"""Things that tests need made: a council, its people, requests at each point of their way."""
