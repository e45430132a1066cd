// GraphiQL keeps its tabs in localStorage under names of its own, and a
// developer's 127.0.0.1:8000 is many a server's address in turn. The prefix keeps
// their tabs apart.
const PREFIX = "packgrid:";
const ours = () => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));

export const storage = {
  getItem: (key) => localStorage.getItem(PREFIX + key),
  setItem: (key, value) => localStorage.setItem(PREFIX + key, value),
  removeItem: (key) => localStorage.removeItem(PREFIX + key),
  clear: () => ours().forEach((key) => localStorage.removeItem(key)),
  get length() {
    return ours().length;
  },
};
