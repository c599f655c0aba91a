"""On which ways a kind of goods may travel: by post, kept cool, on the makers' own way, or not."""
