// Package endpoint is an HTTP address where a phone sends a picture and gets what a model
// says of it: a page with a button for the camera, and POST /recognise for programs.
// README.md in the folder above lists the addresses and answers.
//
// The main type is [Handler]:
//
//	handler := endpoint.New(service, endpoint.Options{Token: token})
//	server := endpoint.Server(handler)
//	listener, err := net.Listen("tcp", "127.0.0.1:7121")
//	if err != nil {
//		return err
//	}
//	return server.Serve(endpoint.Limit(listener))
//
// What comes in is hostile until it is shown otherwise: who has no token gets no further
// than the page, wrong tokens are slowed down, and bytes, pixels, time, connections and
// pictures at once are bounded. Pictures are turned upright before they are recognised.
package endpoint
