"""What stands around every page: frame, navigation, lecture mode, theme, style sheets."""
