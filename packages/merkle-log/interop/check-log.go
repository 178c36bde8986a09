// Checks a log in the layout of C2SP tlog-tiles with other people's code: golang.org/x/mod/sumdb, as Debian ships it.
//
//	check-log FOLDER VKEY-FILE [OLD-SIZE]
//
// It verifies the checkpoint's signature, the root from the tiles, every leaf against its bundle, that the tree of OLD-SIZE leaves
// is the beginning of this one, and some inclusion proofs. It prints "ok SIZE ROOT", or what is wrong and exits 1.
package main

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
	maxProofs  = 50
)

// folder reads tiles for package tlog, which verifies each of them against the root before it uses a hash.
type folder string

func (f folder) Height() int                     { return tileHeight }
func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		// Package tlog names tiles tile/8/L/N; the C2SP format has no height.
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(string(f), path))
		if err != nil {
			return nil, err
		}
		if len(data) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s has %d bytes", path, len(data))
		}
		all = append(all, data)
	}
	return all, nil
}

func (f folder) readBundle(index int64, width int) ([][]byte, error) {
	tile := tlog.Tile{H: tileHeight, L: 0, N: index, W: width}
	path := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
	data, err := os.ReadFile(filepath.Join(string(f), path))
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for len(data) > 0 {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("%s: entry %d is cut off", path, len(entries))
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		entries = append(entries, data[2:end])
		data = data[end:]
	}
	if len(entries) != width {
		return nil, fmt.Errorf("%s has %d entries instead of %d", path, len(entries), width)
	}
	return entries, nil
}

// openCheckpoint splits the three lines itself: tlog.ParseTree wants the first line of a go.sum database.
func openCheckpoint(dir, keyFile string) (tlog.Tree, error) {
	var tree tlog.Tree
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return tree, err
	}
	verifier, err := note.NewVerifier(strings.TrimSuffix(string(key), "\n"))
	if err != nil {
		return tree, err
	}
	data, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return tree, err
	}
	signed, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return tree, fmt.Errorf("checkpoint: %v", err)
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return tree, fmt.Errorf("checkpoint: %d lines instead of 3", len(lines)-1)
	}
	if lines[0] != verifier.Name() {
		return tree, fmt.Errorf("checkpoint: the origin %q is not the key's name", lines[0])
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil || tree.N < 0 || strconv.FormatInt(tree.N, 10) != lines[1] {
		return tree, fmt.Errorf("checkpoint: the size is %q", lines[1])
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, err
}

func checkLeaves(dir folder, tree tlog.Tree, reader tlog.HashReader) error {
	for start := int64(0); start < tree.N; start += tileWidth {
		width := int64(tileWidth)
		if tree.N-start < width {
			width = tree.N - start
		}
		entries, err := dir.readBundle(start/tileWidth, int(width))
		if err != nil {
			return err
		}
		indexes := make([]int64, width)
		for at := range indexes {
			indexes[at] = tlog.StoredHashIndex(0, start+int64(at))
		}
		hashes, err := reader.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for at, entry := range entries {
			if tlog.RecordHash(entry) != hashes[at] {
				return fmt.Errorf("entry %d is not the one in the tree", start+int64(at))
			}
		}
	}
	return nil
}

func checkProofs(tree tlog.Tree, oldSize int64, reader tlog.HashReader) error {
	if oldSize > 0 {
		old, err := tlog.TreeHash(oldSize, reader)
		if err != nil {
			return err
		}
		proof, err := tlog.ProveTree(tree.N, oldSize, reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, oldSize, old); err != nil {
			return fmt.Errorf("consistency with %d: %v", oldSize, err)
		}
	}
	for index := int64(0); index < tree.N; index += 1 + tree.N/maxProofs {
		leaves, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		if err != nil {
			return err
		}
		proof, err := tlog.ProveRecord(tree.N, index, reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaves[0]); err != nil {
			return fmt.Errorf("inclusion of %d: %v", index, err)
		}
	}
	return nil
}

func check(dir, keyFile string, oldSize int64) (tlog.Tree, error) {
	tree, err := openCheckpoint(dir, keyFile)
	if err != nil {
		return tree, err
	}
	if tree.N == 0 {
		if tree.Hash != sha256.Sum256(nil) {
			return tree, fmt.Errorf("the root of an empty tree is not %v", tree.Hash)
		}
		return tree, nil
	}
	reader := tlog.TileHashReader(tree, folder(dir))
	root, err := tlog.TreeHash(tree.N, reader)
	if err != nil {
		return tree, err
	}
	if root != tree.Hash {
		return tree, fmt.Errorf("the tiles give the root %v, the checkpoint says %v", root, tree.Hash)
	}
	if err := checkLeaves(folder(dir), tree, reader); err != nil {
		return tree, err
	}
	return tree, checkProofs(tree, oldSize, reader)
}

func main() {
	var oldSize int64
	var err error
	if len(os.Args) == 4 {
		oldSize, err = strconv.ParseInt(os.Args[3], 10, 64)
	}
	if err != nil || len(os.Args) < 3 || len(os.Args) > 4 {
		fmt.Println("usage: check-log FOLDER VKEY-FILE [OLD-SIZE]")
		os.Exit(2)
	}
	tree, err := check(os.Args[1], os.Args[2], oldSize)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Printf("ok %d %v\n", tree.N, tree.Hash)
}
