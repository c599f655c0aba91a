"""What a coordinator does about goods that fall short, with its effect shown before it is done."""
