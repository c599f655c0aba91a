"""Communities and what others read of us: pages of tambons, articles, feeds, maps for machines."""
