package endpoint_test

import (
	"net"
	"os"

	"linetwin.dev/vision/model/endpoint"
	"linetwin.dev/vision/model/recogniser"
)

func Example() {
	serve := func() error {
		service, err := recogniser.NewService(recogniser.Options{
			Fast: &recogniser.Spec{Command: []string{"python3", "recogniser.py"}},
		})
		if err != nil {
			return err
		}
		defer service.Close()
		server := endpoint.Server(endpoint.New(service, endpoint.Options{Token: os.Getenv("LINETWIN_TOKEN")}))
		listener, err := net.Listen("tcp", "127.0.0.1:7121")
		if err != nil {
			return err
		}
		return server.Serve(endpoint.Limit(listener))
	}
	_ = serve
}
