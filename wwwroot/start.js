// Pages are loaded whole. Without the first setting the framework would load a page again whenever the fragment of its
// address changes, and write over what the photo viewer has put into it. With the second it does not ask the server
// first which scripts of packages to run before it connects: there are none.
Blazor.start({
  ssr: { disableDomPreservation: true },
  circuit: {
    initializers: { beforeStart: [], afterStarted: [] },
    // By itself it waits 5 and then 30 s between two tries once ten have failed, long after the server is there again.
    reconnectionOptions: { maxRetries: 600, retryIntervalMilliseconds: tried => tried < 10 ? 0 : 1000 },
  },
});
