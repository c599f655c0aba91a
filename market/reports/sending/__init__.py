"""Reports that are sent by themselves: who gets what when, each occasion once."""
