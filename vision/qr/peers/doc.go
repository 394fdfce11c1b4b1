// Package peers reads QR codes with other people's readers, beside which ours is measured: gozxing,
// and zbar's program zbarimg where it is installed.
//
//	for _, p := range peers.All() {
//		texts, err := p.Read(scene.Image, true)
//		fmt.Println(p.Name, texts)
//	}
//
// Nothing here imports a reader of this module. Readers may be used by several goroutines at once.
package peers
