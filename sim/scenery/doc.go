// Package scenery makes what simulated cameras look at: labelled bottles with their
// defects, the conveyor, and the hall around it.
//
// A [Kit] is made once for each product and holds the meshes, the artwork and the
// cap's marker; [Kit.Part] gives one bottle its serial number and its defects; a
// [Scene] puts bottles onto the belt of a [Room], and [Scene.Compose] lists it for a
// renderer. The same serial, defects and random number give the same bottle.
//
// Frames and units: metres; the line's frame as in specs (x along the travel, y to
// its left, z up, origin on the belt's surface), the part's frame as in [Kit].
//
// What the front face carries is part of its surface, not a sheet laid over it: a
// label follows a dent and wraps around the rounded edge. The fiducial is an ArUco marker
// as in [linetwin.dev/vision.MarkerBits], the code a QR code of version 1 and level Q
// after ISO/IEC 18004.
//
// Defects that come in sizes are made to order by [Kit.Spoil], from ones that a careful look
// can tell to ones that nobody overlooks; [Part.Sizes] tells what is true of any part.
package scenery
