// Pages are loaded whole. Without this the framework would load a page again whenever the fragment of its address
// changes, and write over what the photo viewer has put into it.
Blazor.start({ ssr: { disableDomPreservation: true } });
