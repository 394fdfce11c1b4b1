package bundle_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"linetwin.dev/vision/model/bundle"
)

func ExampleStore_Install() {
	dir, err := os.MkdirTemp("", "store-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)

	// Who made the model packs it, and sends the picture of the code by another way.
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	var file bytes.Buffer
	_, made, err := bundle.Pack(&file, "../example", key, bundle.Secret{7})
	if err != nil {
		panic(err)
	}
	picture, err := made.PNG()
	if err != nil {
		panic(err)
	}

	code, err := bundle.ReadQR(picture)
	if err != nil {
		panic(err)
	}
	store := bundle.Store{Dir: filepath.Join(dir, "models")}
	in, err := store.Install(bytes.NewReader(file.Bytes()), code, bundle.InstallOptions{Now: time.Unix(0, 0)})
	fmt.Println(in.Name, in.Version, err)

	code.Secret[0]++
	_, err = store.Install(bytes.NewReader(file.Bytes()), code, bundle.InstallOptions{})
	fmt.Println(errors.Is(err, bundle.ErrCode))
	// Output:
	// colours 1.0 <nil>
	// true
}
