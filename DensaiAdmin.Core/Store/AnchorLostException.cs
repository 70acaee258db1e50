namespace DensaiAdmin.Core.Store;

/// <summary>
/// The anchor file was removed, emptied or put back to an older state while the program ran. No act begins before the file is back: one
/// that is begun anew would know nothing of what was revoked before.
/// </summary>
public sealed class AnchorLostException() : IOException("The anchor file does not hold any more what was written to it.");
