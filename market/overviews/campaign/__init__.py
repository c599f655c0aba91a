"""What buyers see of a campaign: its page, with goods as they are sold now."""
