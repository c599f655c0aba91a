"""Files that workers make: asked for, watched, taken."""
