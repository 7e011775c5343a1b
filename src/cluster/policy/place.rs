//! Places in line, and what gives them to workers.

use std::fmt::Debug;

/// A worker's place in line. Smaller places come first; no two workers have the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(pub u64, pub u64);

/// What gives the workers of one handle their places. It learns nothing of a connection after its
/// offer: not whether it was claimed, nor when it closes.
pub trait Policy: Debug + Send {
    /// A worker joins the line. `last` is the place of the last one in it, if there is one.
    fn joins(&mut self, last: Option<Place>) -> Place;

    /// The worker at `place` is offered a connection. Returns its new place.
    fn served(&mut self, place: Place) -> Place;
}
