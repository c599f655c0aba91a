"""Speed, as ratios within one run on one machine: `make bench` or `python -m benchmarks pages`."""
