package opcua

import (
	"runtime/debug"
	"time"

	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/ua"
)

// row is a node of the standard's namespace (Part 5; the numbers are the OPC Foundation's
// NodeIds.csv). Of its thousands these are the ones that clients ask a data server for:
// the folders, the server object, and the types that its nodes have.
type row struct {
	number uint32
	name   string
	parent uint32
	ref    uint32
	kind   uint32
}

var referenceTypes = []struct {
	number        uint32
	name, inverse string
	parent        uint32
	abstract      bool
}{
	{id.References, "References", "", 0, true},
	{id.HierarchicalReferences, "HierarchicalReferences", "InverseHierarchicalReferences", id.References, true},
	{id.NonHierarchicalReferences, "NonHierarchicalReferences", "", id.References, true},
	{id.HasChild, "HasChild", "ChildOf", id.HierarchicalReferences, true},
	{id.Organizes, "Organizes", "OrganizedBy", id.HierarchicalReferences, false},
	{id.HasEventSource, "HasEventSource", "EventSourceOf", id.HierarchicalReferences, false},
	{id.Aggregates, "Aggregates", "AggregatedBy", id.HasChild, true},
	{id.HasSubtype, "HasSubtype", "SubtypeOf", id.HasChild, false},
	{id.HasProperty, "HasProperty", "PropertyOf", id.Aggregates, false},
	{id.HasComponent, "HasComponent", "ComponentOf", id.Aggregates, false},
	{id.HasOrderedComponent, "HasOrderedComponent", "OrderedComponentOf", id.HasComponent, false},
	{id.HasNotifier, "HasNotifier", "NotifierOf", id.HasEventSource, false},
	{id.HasModellingRule, "HasModellingRule", "ModellingRuleOf", id.NonHierarchicalReferences, false},
	{id.HasEncoding, "HasEncoding", "EncodingOf", id.NonHierarchicalReferences, false},
	{id.HasDescription, "HasDescription", "DescriptionOf", id.NonHierarchicalReferences, false},
	{id.HasTypeDefinition, "HasTypeDefinition", "TypeDefinitionOf", id.NonHierarchicalReferences, false},
	{id.GeneratesEvent, "GeneratesEvent", "GeneratedBy", id.NonHierarchicalReferences, false},
}

var folders = []row{
	{id.RootFolder, "Root", 0, 0, id.FolderType},
	{id.ObjectsFolder, "Objects", id.RootFolder, id.Organizes, id.FolderType},
	{id.TypesFolder, "Types", id.RootFolder, id.Organizes, id.FolderType},
	{id.ViewsFolder, "Views", id.RootFolder, id.Organizes, id.FolderType},
	{id.ObjectTypesFolder, "ObjectTypes", id.TypesFolder, id.Organizes, id.FolderType},
	{id.VariableTypesFolder, "VariableTypes", id.TypesFolder, id.Organizes, id.FolderType},
	{id.DataTypesFolder, "DataTypes", id.TypesFolder, id.Organizes, id.FolderType},
	{id.ReferenceTypesFolder, "ReferenceTypes", id.TypesFolder, id.Organizes, id.FolderType},
}

var objectTypes = []row{
	{id.BaseObjectType, "BaseObjectType", 0, 0, 0},
	{id.FolderType, "FolderType", id.BaseObjectType, id.HasSubtype, 0},
	{id.ServerType, "ServerType", id.BaseObjectType, id.HasSubtype, 0},
	{id.ServerCapabilitiesType, "ServerCapabilitiesType", id.BaseObjectType, id.HasSubtype, 0},
	{id.ServerDiagnosticsType, "ServerDiagnosticsType", id.BaseObjectType, id.HasSubtype, 0},
	{id.VendorServerInfoType, "VendorServerInfoType", id.BaseObjectType, id.HasSubtype, 0},
	{id.ServerRedundancyType, "ServerRedundancyType", id.BaseObjectType, id.HasSubtype, 0},
	{id.OperationLimitsType, "OperationLimitsType", id.FolderType, id.HasSubtype, 0},
}

var variableTypes = []row{
	{id.BaseVariableType, "BaseVariableType", 0, 0, 0},
	{id.BaseDataVariableType, "BaseDataVariableType", id.BaseVariableType, id.HasSubtype, 0},
	{id.PropertyType, "PropertyType", id.BaseVariableType, id.HasSubtype, 0},
	{id.ServerStatusType, "ServerStatusType", id.BaseDataVariableType, id.HasSubtype, 0},
	{id.BuildInfoType, "BuildInfoType", id.BaseDataVariableType, id.HasSubtype, 0},
	{id.DataItemType, "DataItemType", id.BaseDataVariableType, id.HasSubtype, 0},
	{id.BaseAnalogType, "BaseAnalogType", id.DataItemType, id.HasSubtype, 0},
	{id.AnalogItemType, "AnalogItemType", id.BaseAnalogType, id.HasSubtype, 0},
	{id.AnalogUnitType, "AnalogUnitType", id.BaseAnalogType, id.HasSubtype, 0},
	{id.AnalogUnitRangeType, "AnalogUnitRangeType", id.AnalogItemType, id.HasSubtype, 0},
}

var standardDataTypes = []row{
	{id.BaseDataType, "BaseDataType", 0, 0, 0},
	{id.Number, "Number", id.BaseDataType, id.HasSubtype, 0},
	{id.Integer, "Integer", id.Number, id.HasSubtype, 0},
	{id.UInteger, "UInteger", id.Number, id.HasSubtype, 0},
	{id.Boolean, "Boolean", id.BaseDataType, id.HasSubtype, 0},
	{id.SByte, "SByte", id.Integer, id.HasSubtype, 0},
	{id.Byte, "Byte", id.UInteger, id.HasSubtype, 0},
	{id.Int16, "Int16", id.Integer, id.HasSubtype, 0},
	{id.UInt16, "UInt16", id.UInteger, id.HasSubtype, 0},
	{id.Int32, "Int32", id.Integer, id.HasSubtype, 0},
	{id.UInt32, "UInt32", id.UInteger, id.HasSubtype, 0},
	{id.Int64, "Int64", id.Integer, id.HasSubtype, 0},
	{id.UInt64, "UInt64", id.UInteger, id.HasSubtype, 0},
	{id.Float, "Float", id.Number, id.HasSubtype, 0},
	{id.Double, "Double", id.Number, id.HasSubtype, 0},
	{id.Duration, "Duration", id.Double, id.HasSubtype, 0},
	{id.String, "String", id.BaseDataType, id.HasSubtype, 0},
	{id.LocaleID, "LocaleId", id.String, id.HasSubtype, 0},
	{id.DateTime, "DateTime", id.BaseDataType, id.HasSubtype, 0},
	{id.UtcTime, "UtcTime", id.DateTime, id.HasSubtype, 0},
	{id.GUID, "Guid", id.BaseDataType, id.HasSubtype, 0},
	{id.ByteString, "ByteString", id.BaseDataType, id.HasSubtype, 0},
	{id.XMLElement, "XmlElement", id.BaseDataType, id.HasSubtype, 0},
	{id.NodeID, "NodeId", id.BaseDataType, id.HasSubtype, 0},
	{id.ExpandedNodeID, "ExpandedNodeId", id.BaseDataType, id.HasSubtype, 0},
	{id.StatusCode, "StatusCode", id.BaseDataType, id.HasSubtype, 0},
	{id.QualifiedName, "QualifiedName", id.BaseDataType, id.HasSubtype, 0},
	{id.LocalizedText, "LocalizedText", id.BaseDataType, id.HasSubtype, 0},
	{id.DataValue, "DataValue", id.BaseDataType, id.HasSubtype, 0},
	{id.DiagnosticInfo, "DiagnosticInfo", id.BaseDataType, id.HasSubtype, 0},
	{id.Enumeration, "Enumeration", id.BaseDataType, id.HasSubtype, 0},
	{id.ServerState, "ServerState", id.Enumeration, id.HasSubtype, 0},
	{id.RedundancySupport, "RedundancySupport", id.Enumeration, id.HasSubtype, 0},
	{id.Structure, "Structure", id.BaseDataType, id.HasSubtype, 0},
	{id.BuildInfo, "BuildInfo", id.Structure, id.HasSubtype, 0},
	{id.ServerStatusDataType, "ServerStatusDataType", id.Structure, id.HasSubtype, 0},
	{id.SignedSoftwareCertificate, "SignedSoftwareCertificate", id.Structure, id.HasSubtype, 0},
	{id.Range, "Range", id.Structure, id.HasSubtype, 0},
	{id.EUInformation, "EUInformation", id.Structure, id.HasSubtype, 0},
	{id.EnumValueType, "EnumValueType", id.Structure, id.HasSubtype, 0},
}

// abstractTypes of the rows above.
var abstractTypes = []uint32{id.BaseVariableType, id.BaseDataType, id.Number, id.Integer, id.UInteger, id.Enumeration, id.Structure, id.BaseAnalogType}

func (sp *space) addStandard() {
	for _, r := range referenceTypes {
		// HasSubtype itself comes a few rows later, so references to parents follow below.
		n := sp.add(number(r.number), ua.NodeClassReferenceType, r.name, nil, 0, 0)
		n.abstract, n.inverse = r.abstract, r.inverse
	}
	for _, r := range referenceTypes[1:] {
		n, parent := sp.nodes[number(r.number)], sp.nodes[number(r.parent)]
		n.super = parent
		sp.refer(parent, id.HasSubtype, n)
	}
	sp.addRows(ua.NodeClassObjectType, objectTypes)
	sp.addRows(ua.NodeClassVariableType, variableTypes)
	sp.addRows(ua.NodeClassDataType, standardDataTypes)
	sp.addRows(ua.NodeClassObject, folders)
	for _, n := range abstractTypes {
		sp.nodes[number(n)].abstract = true
	}
	for folder, top := range map[uint32]uint32{
		id.ObjectTypesFolder: id.BaseObjectType, id.VariableTypesFolder: id.BaseVariableType,
		id.DataTypesFolder: id.BaseDataType, id.ReferenceTypesFolder: id.References,
	} {
		sp.refer(sp.nodes[number(folder)], id.Organizes, sp.nodes[number(top)])
	}
	var states []*ua.LocalizedText
	for _, name := range []string{"Running", "Failed", "NoConfiguration", "Suspended", "Shutdown", "Test", "CommunicationFault", "Unknown"} {
		states = append(states, ua.NewLocalizedText(name))
	}
	sp.property(number(id.ServerState_EnumStrings), "EnumStrings", sp.nodes[number(id.ServerState)], id.LocalizedText, states)
	sp.addServer()
}

func (sp *space) addRows(class ua.NodeClass, rows []row) {
	for _, r := range rows {
		sp.add(number(r.number), class, r.name, sp.nodes[number(r.parent)], r.ref, r.kind)
	}
}

// addServer makes the object that tells about this server (Part 5, 8.3.2).
func (sp *space) addServer() {
	s := sp.server
	server := sp.add(number(id.Server), ua.NodeClassObject, "Server", sp.nodes[number(id.ObjectsFolder)], id.Organizes, id.ServerType)
	sp.property(number(id.Server_ServerArray), "ServerArray", server, id.String, []string{s.pki.uri})
	sp.property(number(id.Server_NamespaceArray), "NamespaceArray", server, id.String, []string{"http://opcfoundation.org/UA/", s.pki.uri, s.o.Namespace})
	sp.property(number(id.Server_ServiceLevel), "ServiceLevel", server, id.Byte, uint8(255))
	sp.property(number(id.Server_Auditing), "Auditing", server, id.Boolean, false)
	sp.addStatus(server)
	sp.addCapabilities(server)
	diagnostics := sp.add(number(id.Server_ServerDiagnostics), ua.NodeClassObject, "ServerDiagnostics", server, id.HasComponent, id.ServerDiagnosticsType)
	sp.property(number(id.Server_ServerDiagnostics_EnabledFlag), "EnabledFlag", diagnostics, id.Boolean, false)
	sp.add(number(id.Server_VendorServerInfo), ua.NodeClassObject, "VendorServerInfo", server, id.HasComponent, id.VendorServerInfoType)
	redundancy := sp.add(number(id.Server_ServerRedundancy), ua.NodeClassObject, "ServerRedundancy", server, id.HasComponent, id.ServerRedundancyType)
	sp.property(number(id.Server_ServerRedundancy_RedundancySupport), "RedundancySupport", redundancy, id.RedundancySupport, int32(0))
}

func (sp *space) addStatus(server *node) {
	s := sp.server
	build := buildInfo()
	state := func() *ua.ServerStatusDataType {
		return &ua.ServerStatusDataType{
			StartTime: s.started, CurrentTime: time.Now(), State: ua.ServerStateRunning, BuildInfo: build,
			ShutdownReason: ua.NewLocalizedText(""),
		}
	}
	status := sp.variable(number(id.Server_ServerStatus), "ServerStatus", server, id.HasComponent, id.ServerStatusType, id.ServerStatusDataType,
		func() any { return ua.NewExtensionObject(state()) })
	part := func(n uint32, name string, parent *node, dataType uint32, value func() any) *node {
		return sp.variable(number(n), name, parent, id.HasComponent, id.BaseDataVariableType, dataType, value)
	}
	constant := func(v any) func() any { return func() any { return v } }
	part(id.Server_ServerStatus_StartTime, "StartTime", status, id.UtcTime, constant(s.started))
	part(id.Server_ServerStatus_CurrentTime, "CurrentTime", status, id.UtcTime, func() any { return time.Now() })
	part(id.Server_ServerStatus_State, "State", status, id.ServerState, constant(int32(ua.ServerStateRunning)))
	part(id.Server_ServerStatus_SecondsTillShutdown, "SecondsTillShutdown", status, id.UInt32, constant(uint32(0)))
	part(id.Server_ServerStatus_ShutdownReason, "ShutdownReason", status, id.LocalizedText, constant(ua.NewLocalizedText("")))
	info := part(id.Server_ServerStatus_BuildInfo, "BuildInfo", status, id.BuildInfo, constant(ua.NewExtensionObject(build)))
	info.kind = sp.nodes[number(id.BuildInfoType)]
	part(id.Server_ServerStatus_BuildInfo_ProductName, "ProductName", info, id.String, constant(build.ProductName))
	part(id.Server_ServerStatus_BuildInfo_ProductURI, "ProductUri", info, id.String, constant(build.ProductURI))
	part(id.Server_ServerStatus_BuildInfo_ManufacturerName, "ManufacturerName", info, id.String, constant(build.ManufacturerName))
	part(id.Server_ServerStatus_BuildInfo_SoftwareVersion, "SoftwareVersion", info, id.String, constant(build.SoftwareVersion))
	part(id.Server_ServerStatus_BuildInfo_BuildNumber, "BuildNumber", info, id.String, constant(build.BuildNumber))
	part(id.Server_ServerStatus_BuildInfo_BuildDate, "BuildDate", info, id.UtcTime, constant(build.BuildDate))
}

// buildInfo is what the program knows about itself.
func buildInfo() *ua.BuildInfo {
	b := &ua.BuildInfo{ProductURI: productURI, ManufacturerName: "linetwin", ProductName: "linetwin register server", SoftwareVersion: "unknown"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.SoftwareVersion = info.Main.Version
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.BuildNumber = s.Value
		case "vcs.time":
			// Without a time the build has none.
			b.BuildDate, _ = time.Parse(time.RFC3339, s.Value)
		}
	}
	return b
}

func (sp *space) addCapabilities(server *node) {
	l := sp.server.limits
	caps := sp.add(number(id.Server_ServerCapabilities), ua.NodeClassObject, "ServerCapabilities", server, id.HasComponent, id.ServerCapabilitiesType)
	prop := func(n uint32, name string, dataType uint32, v any) { sp.property(number(n), name, caps, dataType, v) }
	prop(id.Server_ServerCapabilities_ServerProfileArray, "ServerProfileArray", id.String,
		[]string{"http://opcfoundation.org/UA-Profile/Server/EmbeddedUA2017"})
	prop(id.Server_ServerCapabilities_LocaleIDArray, "LocaleIdArray", id.LocaleID, []string{"en"})
	prop(id.Server_ServerCapabilities_MinSupportedSampleRate, "MinSupportedSampleRate", id.Duration, float64(l.Sampling)/float64(time.Millisecond))
	prop(id.Server_ServerCapabilities_MaxBrowseContinuationPoints, "MaxBrowseContinuationPoints", id.UInt16, uint16(mostPoints))
	prop(id.Server_ServerCapabilities_MaxQueryContinuationPoints, "MaxQueryContinuationPoints", id.UInt16, uint16(0))
	prop(id.Server_ServerCapabilities_MaxHistoryContinuationPoints, "MaxHistoryContinuationPoints", id.UInt16, uint16(0))
	prop(id.Server_ServerCapabilities_MaxArrayLength, "MaxArrayLength", id.UInt32, uint32(l.Operations))
	prop(id.Server_ServerCapabilities_MaxStringLength, "MaxStringLength", id.UInt32, uint32(smallMessage))
	prop(id.Server_ServerCapabilities_MaxByteStringLength, "MaxByteStringLength", id.UInt32, uint32(smallMessage))
	prop(id.Server_ServerCapabilities_MaxSessions, "MaxSessions", id.UInt32, uint32(l.Sessions))
	prop(id.Server_ServerCapabilities_MaxSubscriptionsPerSession, "MaxSubscriptionsPerSession", id.UInt32, uint32(l.Subscriptions))
	prop(id.Server_ServerCapabilities_MaxMonitoredItemsPerSubscription, "MaxMonitoredItemsPerSubscription", id.UInt32, uint32(l.Items))
	prop(id.Server_ServerCapabilities_MaxMonitoredItemsQueueSize, "MaxMonitoredItemsQueueSize", id.UInt32, uint32(l.Queue))
	sp.add(number(id.Server_ServerCapabilities_ModellingRules), ua.NodeClassObject, "ModellingRules", caps, id.HasComponent, id.FolderType)
	sp.add(number(id.Server_ServerCapabilities_AggregateFunctions), ua.NodeClassObject, "AggregateFunctions", caps, id.HasComponent, id.FolderType)
	limits := sp.add(number(id.Server_ServerCapabilities_OperationLimits), ua.NodeClassObject, "OperationLimits", caps, id.HasComponent, id.OperationLimitsType)
	for _, r := range []row{
		{number: id.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead, name: "MaxNodesPerRead"},
		{number: id.Server_ServerCapabilities_OperationLimits_MaxNodesPerWrite, name: "MaxNodesPerWrite"},
		{number: id.Server_ServerCapabilities_OperationLimits_MaxNodesPerBrowse, name: "MaxNodesPerBrowse"},
		{number: id.Server_ServerCapabilities_OperationLimits_MaxNodesPerRegisterNodes, name: "MaxNodesPerRegisterNodes"},
		{number: id.Server_ServerCapabilities_OperationLimits_MaxNodesPerTranslateBrowsePathsToNodeIDs, name: "MaxNodesPerTranslateBrowsePathsToNodeIds"},
		{number: id.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall, name: "MaxMonitoredItemsPerCall"},
	} {
		sp.property(number(r.number), r.name, limits, id.UInt32, uint32(l.Operations))
	}
}
