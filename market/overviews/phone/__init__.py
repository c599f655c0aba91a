"""The market on a phone's home screen: manifest, service worker, the page without signal."""
