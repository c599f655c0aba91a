"""The matching engine: files or arrays in, plan out. Pure: no database, clock or environment."""
