"""Today, dashboard, navigation: reads everything, owns almost nothing."""
