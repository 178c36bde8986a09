export { EMPTY_ROOT, hashChildren, hashLeaf } from "./hashes.ts";
