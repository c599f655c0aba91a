"""The group's work on a batch: steps, who makes how many, boxes packed and loaded."""
