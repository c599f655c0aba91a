"""Who hears it: the group, and the coordinators who keep it decent."""
