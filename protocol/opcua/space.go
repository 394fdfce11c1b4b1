package opcua

import (
	"maps"
	"slices"
	"strings"

	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/ua"

	"linetwin.dev/protocol"
)

// Namespaces: the standard's, the server's own, the registers'.
const (
	nsStandard  = 0
	nsServer    = 1
	nsRegisters = 2
)

// nodeKey is a NodeId that can be compared. Nodes have numbers or texts.
type nodeKey struct {
	ns     uint16
	number uint32
	text   string
}

func number(n uint32) nodeKey { return nodeKey{number: n} }

func (k nodeKey) id() *ua.NodeID {
	if k.text != "" {
		return ua.NewStringNodeID(k.ns, k.text)
	}
	return ua.NewNumericNodeID(k.ns, k.number)
}

func keyOf(n *ua.NodeID) (nodeKey, bool) {
	switch n.Type() {
	case ua.NodeIDTypeTwoByte, ua.NodeIDTypeFourByte, ua.NodeIDTypeNumeric:
		return nodeKey{ns: n.Namespace(), number: n.IntID()}, true
	case ua.NodeIDTypeString:
		return nodeKey{ns: n.Namespace(), text: n.StringID()}, true
	}
	return nodeKey{}, false
}

// node of the tree. It does not change after the start; values are read from where they
// are.
type node struct {
	key     nodeKey
	id      *ua.NodeID
	class   ua.NodeClass
	browse  *ua.QualifiedName
	display *ua.LocalizedText
	doc     *ua.LocalizedText
	refs    []reference
	kind    *node // type definition

	// Of types.
	abstract   bool
	inverse    string
	super      *node
	definition *ua.ExtensionObject

	// Of variables: a register, or a value of this server.
	dataType    uint32
	dataTypeKey nodeKey // instead, for an enumeration
	array       bool
	in          *protocol.In
	enumeration *Enumeration
	span        float64 // of the EURange, for a percent deadband
	value       func() any
}

// reference to another node.
type reference struct {
	kind    *node
	forward bool
	to      *node
}

// space is the tree.
type space struct {
	server *Server
	nodes  map[nodeKey]*node
}

func (sp *space) find(n *ua.NodeID) *node {
	k, ok := keyOf(n)
	if !ok {
		return nil
	}
	return sp.nodes[k]
}

// add makes a node below a parent. kind is its type definition, 0 for none.
func (sp *space) add(k nodeKey, class ua.NodeClass, name string, parent *node, ref uint32, kind uint32) *node {
	n := &node{
		key: k, id: k.id(), class: class, browse: &ua.QualifiedName{NamespaceIndex: k.ns, Name: name},
		display: ua.NewLocalizedText(name), doc: ua.NewLocalizedText(""),
	}
	sp.nodes[k] = n
	if parent != nil {
		sp.refer(parent, ref, n)
		if ref == id.HasSubtype {
			n.super = parent
		}
	}
	if kind != 0 {
		n.kind = sp.nodes[number(kind)]
		n.refs = append(n.refs, reference{sp.nodes[number(id.HasTypeDefinition)], true, n.kind})
	}
	return n
}

// refer adds a reference and its inverse.
func (sp *space) refer(from *node, ref uint32, to *node) {
	kind := sp.nodes[number(ref)]
	from.refs = append(from.refs, reference{kind, true, to})
	to.refs = append(to.refs, reference{kind, false, from})
}

// variable adds a variable whose value this server knows.
func (sp *space) variable(k nodeKey, name string, parent *node, ref, kind, dataType uint32, value func() any) *node {
	n := sp.add(k, ua.NodeClassVariable, name, parent, ref, kind)
	n.dataType, n.value = dataType, value
	if value != nil {
		n.array = ua.MustVariant(value()).Has(ua.VariantArrayValues)
	}
	return n
}

// property adds a property with a value that stays.
func (sp *space) property(k nodeKey, name string, parent *node, dataType uint32, value any) {
	n := sp.variable(k, name, parent, id.HasProperty, id.PropertyType, dataType, func() any { return value })
	n.browse.NamespaceIndex = nsStandard
}

func newSpace(s *Server) *space {
	sp := &space{server: s, nodes: make(map[nodeKey]*node)}
	sp.addStandard()
	sp.addEnumerations()
	sp.addRegisters()
	return sp
}

// Texts of nodes that are no registers begin with a slash or have one, which names of
// registers have not.
func (sp *space) addEnumerations() {
	byName := make(map[string]*Enumeration)
	for _, e := range sp.server.o.Enumerations {
		byName[e.Name] = e
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		e, k := byName[name], enumerationKey(byName[name])
		n := sp.add(k, ua.NodeClassDataType, name, sp.nodes[number(id.Enumeration)], id.HasSubtype, 0)
		var values []*ua.ExtensionObject
		var texts []*ua.LocalizedText
		var fields []*ua.EnumField
		dense := true
		for i, v := range e.numbers() {
			text, none := ua.NewLocalizedText(e.Values[v]), ua.NewLocalizedText("")
			dense = dense && int(v) == i
			texts = append(texts, text)
			values = append(values, ua.NewExtensionObject(&ua.EnumValueType{Value: int64(v), DisplayName: text, Description: none}))
			fields = append(fields, &ua.EnumField{Value: int64(v), DisplayName: text, Description: none, Name: e.Values[v]})
		}
		n.definition = ua.NewExtensionObject(&ua.EnumDefinition{Fields: fields})
		// Part 3, 8.14: texts alone where the values count up from 0.
		if dense {
			sp.property(k.below("EnumStrings"), "EnumStrings", n, id.LocalizedText, texts)
		} else {
			sp.property(k.below("EnumValues"), "EnumValues", n, id.EnumValueType, values)
		}
	}
}

func enumerationKey(e *Enumeration) nodeKey { return nodeKey{ns: nsRegisters, text: "/type/" + e.Name} }

// below is the key of a property.
func (k nodeKey) below(name string) nodeKey {
	return nodeKey{ns: k.ns, text: k.text + "/" + name}
}

// addRegisters makes a variable of each register, and an object of each word before a
// dot that is no register itself.
func (sp *space) addRegisters() {
	s := sp.server
	root := sp.add(nodeKey{ns: nsRegisters, number: 1}, ua.NodeClassObject, s.o.Root, sp.nodes[number(id.ObjectsFolder)], id.Organizes, id.FolderType)
	infos := s.bank.Registers()
	// Shorter names come first: a register is there before those below it.
	slices.SortStableFunc(infos, func(a, b protocol.Info) int { return strings.Count(a.Name, ".") - strings.Count(b.Name, ".") })
	for i := range infos {
		sp.addRegister(&infos[i], root)
	}
}

// group is the node that stands for the words before the last dot.
func (sp *space) group(name string, root *node) (*node, uint32) {
	if name == "" {
		return root, id.Organizes
	}
	k := nodeKey{ns: nsRegisters, text: name}
	if n := sp.nodes[k]; n != nil {
		return n, id.HasComponent
	}
	above, last := cut(name)
	parent, ref := sp.group(above, root)
	return sp.add(k, ua.NodeClassObject, last, parent, ref, id.BaseObjectType), id.HasComponent
}

// cut a name at its last dot.
func cut(name string) (above, last string) {
	i := strings.LastIndexByte(name, '.')
	return name[:max(i, 0)], name[i+1:]
}

func (sp *space) addRegister(info *protocol.Info, root *node) {
	o := &sp.server.o
	e, hasRange := o.Enumerations[info.Name], false
	r, hasRange := o.Ranges[info.Name]
	kind := uint32(id.BaseDataVariableType)
	switch {
	case info.Unit != "" && hasRange:
		kind = id.AnalogUnitRangeType
	case info.Unit != "":
		kind = id.AnalogUnitType
	case hasRange:
		kind = id.AnalogItemType
	}
	above, last := cut(info.Name)
	parent, ref := sp.group(above, root)
	k := nodeKey{ns: nsRegisters, text: info.Name}
	n := sp.variable(k, last, parent, ref, kind, dataTypes[info.Type], nil)
	n.in, n.doc = sp.server.bank.At(info.Ref), ua.NewLocalizedText(info.Doc)
	if e != nil {
		n.enumeration, n.dataTypeKey = e, enumerationKey(e)
	}
	if info.Unit != "" {
		sp.property(k.below("EngineeringUnits"), "EngineeringUnits", n, id.EUInformation, ua.NewExtensionObject(unitInformation(info.Unit, o.Namespace)))
	}
	if hasRange {
		n.span = r.High - r.Low
		sp.property(k.below("EURange"), "EURange", n, id.Range, ua.NewExtensionObject(&ua.Range{Low: r.Low, High: r.High}))
	}
}

// isA reports whether a type is another one or below it.
func (n *node) isA(of *node) bool {
	for ; n != nil; n = n.super {
		if n == of {
			return true
		}
	}
	return false
}

// typeOf is the data type of a variable.
func (n *node) typeOf() *ua.NodeID {
	if n.dataTypeKey != (nodeKey{}) {
		return n.dataTypeKey.id()
	}
	return ua.NewNumericNodeID(nsStandard, n.dataType)
}
