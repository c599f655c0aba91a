"""What a community tells: its story, its people, how things are made, questions and answers."""
