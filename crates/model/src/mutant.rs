//! Planted bugs. Each breaks one rule on purpose, so that the simulated world can show that it would notice: a test
//! that cannot fail proves nothing. Without the feature `mutants` every one of them is `false`, and gone.

macro_rules! mutants {
    ($($(#[$doc:meta])* $name:ident $word:literal),* $(,)?) => {
        /// A planted bug, named by what it does wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Mutant { $($(#[$doc])* $name),* }

        impl Mutant {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name in tables.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }
        }
    };
}

mutants! {
    // The outbox and what the person says.
    /// An event gets a new id when it is sent again.
    RemintsOnResend "remints-on-resend",
    /// What is saved is written after it was sent and shown.
    SendsBeforeJournal "sends-before-journal",
    /// After a pause it goes on where it was, not from the first undecided event.
    ResumesAnywhere "resumes-anywhere",
    /// A lost link leaves what was under way as sent.
    NeverRewinds "never-rewinds",
    /// What is acknowledged is gone before the cursor reaches it.
    AckedLeavesAtOnce "acked-leaves-at-once",
    /// What the cursor has reached stays above it.
    AckedNeverLeaves "acked-never-leaves",
    /// Losing a stream drops what was said there.
    RevokedPurges "revoked-purges",
    /// A refusal drops what was said.
    NackDrops "nack-drops",
    /// One unsent update too many counts as merged.
    MergesOneMore "merges-one-more",
    /// A journal written anew lacks unsent updates.
    RewriteLosesUnsent "rewrite-loses-unsent",
    /// A journal written anew lacks what is undecided.
    RewriteLosesQueued "rewrite-loses-queued",
    /// A journal written anew is in another order.
    RewriteReorders "rewrite-reorders",
    /// What may be on its way can be taken back without a trace.
    TakesBackWhatWasOffered "takes-back-what-was-offered",
    /// That something is about to go is noted after it went.
    OffersAfterSending "offers-after-sending",

    /// What is said in a stream that this device has opened is shown once the server has it.
    OpenedIsUnknown "opened-is-unknown",
    /// Only the first of what is said again is written.
    AgainForgetsTheRest "again-forgets-the-rest",

    // What a device holds.
    /// A gap in a stream is stepped over.
    SkipsGaps "skips-gaps",
    /// The cursor is written before the rows.
    CursorBeforeRows "cursor-before-rows",
    /// Ranges that a snapshot jumps over stay fresh.
    JumpedRangesStayFresh "jumped-ranges-stay-fresh",
    /// Rows of stale ranges are stepped over.
    StepsStaleRows "steps-stale-rows",
    /// A page is fresh whatever came since.
    PagesAreFresh "pages-are-fresh",
    /// A stale range asks only for what changed since now.
    AsksSinceNow "asks-since-now",
    /// The overlay is not made anew when confirmed rows change.
    OverlayStays "overlay-stays",
    /// What is forgotten keeps its overlay as it was.
    ForgottenOverlayGoes "forgotten-overlay-goes",
    /// A stream that this device opens is followed before it is there.
    FollowsWhatIsNotThere "follows-what-is-not-there",
    /// A stream that it opened is not followed once it is there.
    ForgetsToFollowOpened "forgets-to-follow-opened",
    /// What this device has opened is held, although its person has left it.
    HoldsWhatWasLeft "holds-what-was-left",
    /// What somebody else has opened is forgotten when this device's own opening is refused.
    RefusedOpeningGoes "refused-opening-goes",
    /// What this device has opened is forgotten when it opens it once more and that is refused.
    SecondOpeningGoes "second-opening-goes",
    /// What is refused of a document counts as refused before it could be said again.
    RefusesAtOnce "refuses-at-once",
    /// What somebody was read of a commit in doubt counts as told to all.
    ReadsHideDoubt "reads-hide-doubt",
    /// The rooms of a space that has come are not followed.
    RoomsWaitForEver "rooms-wait-for-ever",
    /// Grants take effect in a later commit.
    GrantsLater "grants-later",
    /// What was lost is kept.
    KeepsWhatIsLost "keeps-what-is-lost",
    /// Streams of an older fold are not fetched anew.
    KeepsOldFold "keeps-old-fold",
    /// Guests pin.
    GuestsPin "guests-pin",
    /// A message that was deleted stays pinned.
    PinsOutliveMessages "pins-outlive-messages",
    /// Rows of an older fold stay where this fold's come.
    OldFoldStays "old-fold-stays",

    // The link.
    /// It gives up after five attempts.
    GivesUp "gives-up",
    /// A link that is silent is never dead.
    NeverDead "never-dead",
    /// A clock that was set back stops time.
    ClockStops "clock-stops",
    /// Presence is said once, and not when a stream is followed anew.
    SaysPresenceOnce "says-presence-once",
    /// A carried connection takes repeated frames for new.
    CarriedRepeats "carried-repeats",
    /// A carried connection forgets what it sent once.
    CarriedForgets "carried-forgets",

    // The node.
    /// A commit of unknown outcome is acknowledged.
    AcksInDoubt "acks-in-doubt",
    /// A commit that fails refuses for good.
    NacksInDoubt "nacks-in-doubt",
    /// Told to wait, it still takes what was on its way.
    BusyStillTakes "busy-still-takes",
    /// A session's submits go of several streams at once.
    StreamsAtOnce "streams-at-once",
    /// Events go out although the read that permitted them saw fewer changes of access.
    PublishesUnread "publishes-unread",
    /// Someone who came or went is not read anew.
    AccessUnnoticed "access-unnoticed",
    /// The answer of a read that began before counts.
    LateReadsCount "late-reads-count",
    /// Who asks while the same is being read takes what was.
    ReadsJoined "reads-joined",
    /// What nobody waits for any more still says who is to be read anew.
    VoidReadsTeach "void-reads-teach",
    /// A read for many is permitted to all if it is to one.
    OneAsksForAll "one-asks-for-all",
    /// After a commit in doubt nobody looks what is there.
    DoubtForgotten "doubt-forgotten",
    /// A node that is not the only one believes to be.
    NodesNeverLook "nodes-never-look",
    /// Nobody is told that a connection is gone.
    GhostsStay "ghosts-stay",
    /// Nobody is told later that a connection went while they might not be told.
    DepartedForgotten "departed-forgotten",
    /// A signal is passed on for who may not read the stream.
    SignalsUnread "signals-unread",
    /// A signal is passed on to who may not read the stream.
    SignalsToAll "signals-to-all",
    /// In a space it is said which room is open.
    PresenceTellsWhere "presence-tells-where",
    /// Any signal is said in any stream.
    SignalsOfAnyKind "signals-of-any-kind",
    /// Who is being read anew is not told that somebody has left a room that both may read.
    LeavingUntold "leaving-untold",
    /// Who may not be heard any more, or not yet, is shown to whoever comes.
    UnreadAreShown "unread-are-shown",
    /// A ping tells how far a stream goes that is being read anew.
    PingsTellUnread "pings-tell-unread",
    /// A signed-out device stays connected.
    SignedOutStays "signed-out-stays",
    /// As many events as one likes may be undecided.
    UnboundedUndecided "unbounded-undecided",
    /// As many pages as one likes may be under way.
    UnboundedPages "unbounded-pages",
    /// As much as one likes may be sent and not received.
    UnboundedWindow "unbounded-window",
    /// What is left of a snapshot after its first part is not read.
    ForgetsTheRest "forgets-the-rest",
    /// A snapshot that is begun anew goes on as the one before.
    JoinsTwoStates "joins-two-states",
    /// The state of a stream that nobody needs is kept.
    StatesStay "states-stay",


    // The log.
    /// An id that is there is appended again.
    NoDedupe "no-dedupe",
    /// An id is only looked for among the last.
    DedupeWindow "dedupe-window",
    /// Another body under a known id is acknowledged.
    IdReuseAcked "id-reuse-acked",
    /// What derives from an event may have an id that is there.
    DerivesTaken "derives-taken",
    /// A refusal is not stored.
    RefusalForgotten "refusal-forgotten",
    /// What was acknowledged although it added nothing is not remembered.
    RedundantForgotten "redundant-forgotten",
    /// Server time goes back.
    TimeGoesBack "time-goes-back",
    /// An event does not name the changes of access above it.
    AccessUnnamed "access-unnamed",
    /// Nothing is derived for who is put out.
    RevokesNothing "revokes-nothing",
    /// A grant goes to the author.
    GrantsTheAuthor "grants-the-author",

    // The rules.
    /// Who is in the space writes in every room.
    StrangersWrite "strangers-write",
    /// An archived room is written in.
    ArchivedIsWritten "archived-is-written",
    /// A guest does what members do.
    GuestsAreMembers "guests-are-members",
    /// Anybody deletes a message.
    AnyoneDeletes "anyone-deletes",
    /// Anybody writes in an own stream.
    OwnIsAnyones "own-is-anyones",
    /// Anybody does what only the server does.
    AnyoneIsServer "anyone-is-server",
    /// A private room is read by the space.
    PrivateIsPublic "private-is-public",
    /// Who has left the space reads its rooms.
    LeaversRead "leavers-read",
    /// A guest reads public rooms.
    GuestsRead "guests-read",
    /// A guest reads which rooms there are.
    DirectoryIsForGuests "directory-is-for-guests",
    /// A deleted message is edited.
    DeletedIsEdited "deleted-is-edited",
    /// Whatever comes as a Yjs update passes.
    GateOpen "gate-open",
    /// Whoever likes speaks as somebody's Yjs client.
    GateForgetsOwners "gate-forgets-owners",

    /// A stream is opened under any id, one that derives from people included.
    OpensAnyId "opens-any-id",
    /// A stream that has a log already is opened.
    OpensWhatIsThere "opens-what-is-there",
    /// People from outside of the space are put into rooms.
    AddsStrangers "adds-strangers",
    /// An archived room stays listed as one that is not.
    ArchivingStaysListed "archiving-stays-listed",
    /// Who leaves a space stays in its rooms, and is in them again once they come back.
    LeaversStayInRooms "leavers-stay-in-rooms",
    /// A guest manages the rooms that they opened before they were one.
    GuestsManage "guests-manage",
    /// A refusal tells somebody outside what is there.
    OutsidersAreTold "outsiders-are-told",

    // The fold.
    /// A step that was taken is taken again.
    StepsTwice "steps-twice",
    /// A deleted message keeps its text.
    DeletedKeepsText "deleted-keeps-text",
    /// Of two edits the second wins.
    LastEditWins "last-edit-wins",
    /// Each form of an emoji has a key of its own.
    EmojiByForm "emoji-by-form",
    /// A reaction is on or off by turns.
    ReactionsToggle "reactions-toggle",
    /// A read mark goes back.
    ReadGoesBack "read-goes-back",
    /// Marking as unread never goes back.
    UnreadNeverGoesBack "unread-never-goes-back",
    /// Who was put out is still a member.
    RemovedStays "removed-stays",
    /// Adding who is in changes their role.
    AddingDemotes "adding-demotes",
    /// Mentions are not folded.
    MentionsUnfolded "mentions-unfolded",
    /// An edit changes nobody who is named.
    EditsNameNobody "edits-name-nobody",
    /// Anybody in a room edits what others wrote, whatever the room has chosen.
    EveryoneEdits "everyone-edits",
    /// A reply has a thread of its own.
    ThreadsNest "threads-nest",
    /// Whoever is named in a thread has a part in it, in the room or not.
    StrangersJoin "strangers-join",
    /// Whoever has a part in a thread follows it again with each reply.
    JoinsAgain "joins-again",
    /// How far a thread is read goes back.
    ThreadReadGoesBack "thread-read-goes-back",
    /// A reply that is deleted counts.
    DeletedRepliesCount "deleted-replies-count",
}

/// Is this bug let loose in this thread?
#[cfg(feature = "mutants")]
pub fn planted(mutant: Mutant) -> bool {
    loose::LOOSE.get() == Some(mutant)
}

/// Without the feature: never.
#[cfg(not(feature = "mutants"))]
#[inline(always)]
pub const fn planted(_: Mutant) -> bool {
    false
}

/// Lets one bug loose in this thread, or none.
#[cfg(feature = "mutants")]
pub fn let_loose(mutant: Option<Mutant>) {
    loose::LOOSE.set(mutant);
}

#[cfg(feature = "mutants")]
mod loose {
    use super::Mutant;
    use std::cell::Cell;

    thread_local! {
        pub static LOOSE: Cell<Option<Mutant>> = const { Cell::new(None) };
    }
}
