"""Everything around a page's content: frame, navigation, lecture mode, theme and style sheets."""
