// What this browser keeps for days without a network: published keys and lists, never a document of a person.

/** Something that was fetched, and when. */
export interface Kept {
  body: string;
  /** RFC 3339. */
  at: string;
}

export interface Shelf {
  read(key: string): Promise<Kept | null>;
  write(key: string, body: string, at: Date): Promise<void>;
  remove(key: string): Promise<void>;
}

const STORE = "kept";

/** Where nothing can be kept (a private window, an old browser) it holds nothing, and says nothing of it. */
export const browserShelf = (): Shelf => ({
  read: (key) => use<Kept | undefined>("readonly", (store) => store.get(key)).then((kept) => kept ?? null, nothing),
  write: (key, body, at) =>
    use("readwrite", (store) => store.put({ body, at: at.toISOString() }, key)).then(none, none),
  remove: (key) => use("readwrite", (store) => store.delete(key)).then(none, none),
});

/** Keeps things as long as the page is open. */
export function memoryShelf(): Shelf {
  const kept = new Map<string, Kept>();
  return {
    read: async (key) => kept.get(key) ?? null,
    write: async (key, body, at) => void kept.set(key, { body, at: at.toISOString() }),
    remove: async (key) => void kept.delete(key),
  };
}

/** Public, small, and needed without a network: DID documents, key histories, status lists, the list of colleges. */
export const isWorthKeeping = (path: string): boolean =>
  /^\/(?:colleges\/[a-z0-9-]+\/(?:did\.json|keys\.json|status\/[a-z0-9-]+)|\.well-known\/did\.json|v\/colleges\.json)$/.test(
    path,
  );

async function use<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await settled(open());
  try {
    return await settled(act(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

function open(): IDBOpenDBRequest {
  const request = indexedDB.open("verifier", 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return request;
}

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const nothing = () => null;
const none = () => undefined;
