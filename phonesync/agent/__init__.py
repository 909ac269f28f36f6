"""All that runs by itself: polls, their schedule, the health of phones, retention."""
