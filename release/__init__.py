"""What makes a release: wheels, constraints, the bill of materials. ``make`` names each; see CHANGELOG.md."""
