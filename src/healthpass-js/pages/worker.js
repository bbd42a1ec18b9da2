// The build puts VERSION and FILES before this. All files are kept at once; after that no request leaves the phone for them.
const CACHE = `healthpass-pages-${VERSION}`;
const scope = new URL("./", self.location.href).href;

self.addEventListener("install", (event) => {
  const requests = FILES.map((name) => new Request(scope + name, { cache: "no-cache" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(requests)));
});

self.addEventListener("activate", (event) => {
  const drop = async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("healthpass-pages-") && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(drop());
});

// Only files of the list are answered: a list that a guard fetches from the same site is never an old one.
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const name = url.href.slice(0, url.href.length - url.hash.length - url.search.length).slice(scope.length);
  if (event.request.method !== "GET" || !url.href.startsWith(scope) || !FILES.includes(name)) return;
  event.respondWith(caches.open(CACHE).then(async (cache) => (await cache.match(scope + name)) ?? fetch(event.request)));
});
