package opcua

import (
	"encoding/binary"

	"github.com/gopcua/opcua/ua"
)

const (
	// mostPoints is how many browses of one session may be unfinished.
	mostPoints = 20
	// mostReferences of one node in one answer, and of all nodes together.
	mostReferences, mostListed = 1000, 10_000
	// mostSteps of a path, mostTargets that it may lead to, and mostLooks at references
	// that all paths of a request may need.
	mostSteps, mostTargets, mostLooks = 50, 100, 1_000_000
)

// continuation is what is left of a browse.
type continuation struct {
	id   uint64
	node *node
	next int // reference
	what *ua.BrowseDescription
	most int
}

// browse answers a Browse (Part 4, 5.9.2).
func (s *Server) browse(x *exchange, req *ua.BrowseRequest) (ua.Response, ua.StatusCode) {
	if status := s.several(len(req.NodesToBrowse)); status != ua.StatusOK {
		return nil, status
	}
	if v := req.View.ViewID; v.Namespace() != 0 || v.IntID() != 0 || v.StringID() != "" {
		return nil, ua.StatusBadViewIDUnknown
	}
	most := mostReferences
	if n := req.RequestedMaxReferencesPerNode; n != 0 && n < mostReferences {
		most = int(n)
	}
	results, listed := make([]*ua.BrowseResult, len(req.NodesToBrowse)), 0
	for i, what := range req.NodesToBrowse {
		if listed >= mostListed {
			results[i] = badBrowse(ua.StatusBadNoContinuationPoints)
			continue
		}
		results[i] = s.browseNode(x.session, what, most)
		listed += len(results[i].References)
	}
	return &ua.BrowseResponse{Results: results}, ua.StatusOK
}

func (s *Server) browseNode(ss *session, what *ua.BrowseDescription, most int) *ua.BrowseResult {
	n := s.space.find(what.NodeID)
	switch {
	case n == nil:
		return badBrowse(ua.StatusBadNodeIDUnknown)
	case what.BrowseDirection > ua.BrowseDirectionBoth:
		return badBrowse(ua.StatusBadBrowseDirectionInvalid)
	}
	if _, ok := s.space.filter(what.ReferenceTypeID); !ok {
		return badBrowse(ua.StatusBadReferenceTypeIDInvalid)
	}
	return s.goOn(ss, continuation{node: n, what: what, most: most})
}

func badBrowse(status ua.StatusCode) *ua.BrowseResult {
	return &ua.BrowseResult{StatusCode: status, References: []*ua.ReferenceDescription{}}
}

// filter is the reference type that a client asks for, nil for any.
func (sp *space) filter(id *ua.NodeID) (*node, bool) {
	k, _ := keyOf(id)
	if k == (nodeKey{}) && id.Type() != ua.NodeIDTypeGUID && id.Type() != ua.NodeIDTypeByteString {
		return nil, true
	}
	n := sp.find(id)
	return n, n != nil && n.class == ua.NodeClassReferenceType
}

// goOn lists references from where a browse is, and keeps what is left as a continuation
// point of the session.
func (s *Server) goOn(ss *session, c continuation) *ua.BrowseResult {
	result := &ua.BrowseResult{References: []*ua.ReferenceDescription{}}
	kind, _ := s.space.filter(c.what.ReferenceTypeID)
	for ; c.next < len(c.node.refs); c.next++ {
		r := &c.node.refs[c.next]
		switch {
		case r.forward && c.what.BrowseDirection == ua.BrowseDirectionInverse,
			!r.forward && c.what.BrowseDirection == ua.BrowseDirectionForward,
			kind != nil && r.kind != kind && !(c.what.IncludeSubtypes && r.kind.isA(kind)),
			c.what.NodeClassMask != 0 && c.what.NodeClassMask&uint32(r.to.class) == 0:
			continue
		}
		if len(result.References) == c.most {
			result.StatusCode, result.ContinuationPoint = s.keep(ss, c)
			if result.StatusCode != ua.StatusOK {
				result.References = []*ua.ReferenceDescription{}
			}
			return result
		}
		result.References = append(result.References, describe(r, c.what.ResultMask))
	}
	return result
}

// keep makes a continuation point.
func (s *Server) keep(ss *session, c continuation) (ua.StatusCode, []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(ss.points) >= mostPoints {
		return ua.StatusBadNoContinuationPoints, nil
	}
	ss.last++
	c.id = ss.last
	ss.points = append(ss.points, &c)
	return ua.StatusOK, binary.LittleEndian.AppendUint64(nil, c.id)
}

func describe(r *reference, mask uint32) *ua.ReferenceDescription {
	null := ua.NewTwoByteExpandedNodeID(0)
	d := &ua.ReferenceDescription{
		ReferenceTypeID: ua.NewTwoByteNodeID(0), NodeID: &ua.ExpandedNodeID{NodeID: r.to.id},
		BrowseName: new(ua.QualifiedName), DisplayName: ua.NewLocalizedText(""), TypeDefinition: null,
	}
	has := func(m ua.BrowseResultMask) bool { return mask&uint32(m) != 0 }
	if has(ua.BrowseResultMaskReferenceTypeID) {
		d.ReferenceTypeID = r.kind.id
	}
	d.IsForward = has(ua.BrowseResultMaskIsForward) && r.forward
	if has(ua.BrowseResultMaskNodeClass) {
		d.NodeClass = r.to.class
	}
	if has(ua.BrowseResultMaskBrowseName) {
		d.BrowseName = r.to.browse
	}
	if has(ua.BrowseResultMaskDisplayName) {
		d.DisplayName = r.to.display
	}
	if has(ua.BrowseResultMaskTypeDefinition) && r.to.kind != nil {
		d.TypeDefinition = &ua.ExpandedNodeID{NodeID: r.to.kind.id}
	}
	return d
}

// browseNext answers a BrowseNext (Part 4, 5.9.3).
func (s *Server) browseNext(x *exchange, req *ua.BrowseNextRequest) (ua.Response, ua.StatusCode) {
	if status := s.several(len(req.ContinuationPoints)); status != ua.StatusOK {
		return nil, status
	}
	if len(req.ContinuationPoints) > mostPoints {
		return nil, ua.StatusBadTooManyOperations
	}
	results := make([]*ua.BrowseResult, len(req.ContinuationPoints))
	for i, p := range req.ContinuationPoints {
		c := s.takePoint(x.session, p)
		switch {
		case c == nil:
			results[i] = badBrowse(ua.StatusBadContinuationPointInvalid)
		case req.ReleaseContinuationPoints:
			results[i] = badBrowse(ua.StatusOK)
		default:
			results[i] = s.goOn(x.session, *c)
		}
	}
	return &ua.BrowseNextResponse{Results: results}, ua.StatusOK
}

// takePoint removes a continuation point of the session and returns it, or nil.
func (s *Server) takePoint(ss *session, p []byte) *continuation {
	if len(p) != 8 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, c := range ss.points {
		if c.id == binary.LittleEndian.Uint64(p) {
			ss.points = append(ss.points[:i], ss.points[i+1:]...)
			return c
		}
	}
	return nil
}

// translate answers a TranslateBrowsePathsToNodeIds (Part 4, 5.9.4).
func (s *Server) translate(_ *exchange, req *ua.TranslateBrowsePathsToNodeIDsRequest) (ua.Response, ua.StatusCode) {
	if status := s.several(len(req.BrowsePaths)); status != ua.StatusOK {
		return nil, status
	}
	results, looks := make([]*ua.BrowsePathResult, len(req.BrowsePaths)), mostLooks
	for i, p := range req.BrowsePaths {
		results[i] = s.follow(p, &looks)
	}
	return &ua.TranslateBrowsePathsToNodeIDsResponse{Results: results}, ua.StatusOK
}

// follow a path, as long as there are looks left.
func (s *Server) follow(p *ua.BrowsePath, looks *int) *ua.BrowsePathResult {
	bad := func(status ua.StatusCode) *ua.BrowsePathResult {
		return &ua.BrowsePathResult{StatusCode: status, Targets: []*ua.BrowsePathTarget{}}
	}
	start := s.space.find(p.StartingNode)
	switch {
	case start == nil:
		return bad(ua.StatusBadNodeIDUnknown)
	case len(p.RelativePath.Elements) == 0:
		return bad(ua.StatusBadNothingToDo)
	case len(p.RelativePath.Elements) > mostSteps:
		return bad(ua.StatusBadTooManyOperations)
	}
	at := []*node{start}
	for _, e := range p.RelativePath.Elements {
		kind, ok := s.space.filter(e.ReferenceTypeID)
		switch {
		case !ok:
			return bad(ua.StatusBadReferenceTypeIDInvalid)
		case e.TargetName.Name == "":
			return bad(ua.StatusBadBrowseNameInvalid)
		}
		if at = step(at, e, kind, looks); len(at) > mostTargets {
			return bad(ua.StatusBadTooManyMatches)
		}
		if *looks <= 0 {
			return bad(ua.StatusBadTooManyOperations)
		}
	}
	if len(at) == 0 {
		return bad(ua.StatusBadNoMatch)
	}
	result := new(ua.BrowsePathResult)
	for _, n := range at {
		result.Targets = append(result.Targets, &ua.BrowsePathTarget{TargetID: &ua.ExpandedNodeID{NodeID: n.id}, RemainingPathIndex: 1<<32 - 1})
	}
	return result
}

// step goes from some nodes along one element of a path.
func step(from []*node, e *ua.RelativePathElement, kind *node, looks *int) (to []*node) {
	for _, n := range from {
		*looks -= len(n.refs)
		for i := range n.refs {
			r := &n.refs[i]
			fits := kind == nil || r.kind == kind || e.IncludeSubtypes && r.kind.isA(kind)
			if fits && r.forward != e.IsInverse && *r.to.browse == *e.TargetName && len(to) <= mostTargets {
				to = append(to, r.to)
			}
		}
	}
	return to
}

// registerNodes answers a RegisterNodes (Part 4, 5.9.5): all nodes are as quick as they
// can be.
func (s *Server) registerNodes(_ *exchange, req *ua.RegisterNodesRequest) (ua.Response, ua.StatusCode) {
	if status := s.several(len(req.NodesToRegister)); status != ua.StatusOK {
		return nil, status
	}
	return &ua.RegisterNodesResponse{RegisteredNodeIDs: req.NodesToRegister}, ua.StatusOK
}

func (s *Server) unregisterNodes(_ *exchange, req *ua.UnregisterNodesRequest) (ua.Response, ua.StatusCode) {
	if status := s.several(len(req.NodesToUnregister)); status != ua.StatusOK {
		return nil, status
	}
	return new(ua.UnregisterNodesResponse), ua.StatusOK
}
