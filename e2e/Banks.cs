namespace DensaiAdmin.EndToEnd;

// Journeys that share a server run one after another, each with users of its own, because a second login ends the first.
// Servers run side by side, but for the one whose journeys are timed.

/// <summary>A server for journeys that change little: 47701T and 60001T lose their certificates in them, nobody else does.</summary>
[CollectionDefinition]
public sealed class SharedBank : ICollectionFixture<AppUnderTest>;

/// <summary>A server for the journeys in which certificates are revoked in every way a master can try.</summary>
[CollectionDefinition]
public sealed class RevocationBank : ICollectionFixture<AppUnderTest>;

/// <summary>A server for refusals: locks, suspensions and ended sessions, each of a user of its own.</summary>
[CollectionDefinition]
public sealed class RefusalBank : ICollectionFixture<AppUnderTest>;

/// <summary>
/// A server for the keyboard, the other language and a master who lost the PC: the certificates that are revoked here are ones that
/// others need.
/// </summary>
[CollectionDefinition]
public sealed class KeyboardBank : ICollectionFixture<AppUnderTest>;

/// <summary>A server for the journeys that are measured: nothing runs beside them.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class LockOutBank : ICollectionFixture<AppUnderTest>;

/// <summary>A server whose issuing app comes and goes, and whose 00601R renews.</summary>
[CollectionDefinition]
public sealed class PackageBank : ICollectionFixture<AppUnderTest>;

/// <summary>A server for the journeys of 利用者管理: users are made, stopped and deleted in them.</summary>
[CollectionDefinition]
public sealed class UserBank : ICollectionFixture<AppUnderTest>;

/// <summary>A server for the journeys of 利用者停止・解除, which count who is stopped.</summary>
[CollectionDefinition]
public sealed class SuspensionBank : ICollectionFixture<AppUnderTest>;
