using System.Security.Cryptography;

namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>Turns what the operating system reports into one of the faults that have a sentence.</summary>
internal static class StoreFaults
{
    // ENOSPC and EDQUOT on Linux and macOS, ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL on Windows.
    private static readonly int[] NoRoom = [28, 122, 69, unchecked((int)0x80070070), unchecked((int)0x80070027)];
    private static readonly int[] NotWritable = [30, 1, 13];

    // ENOTDIR, EISDIR, ENAMETOOLONG, ELOOP: a file or a link is in the way.
    private static readonly int[] NoFolder = [20, 21, 36, 40];

    /// <summary>Runs an operation on a store; what the file system or the key storage refuses becomes a fault.</summary>
    public static async Task<StoreResult<T>> GuardAsync<T>(string path, Func<Task<StoreResult<T>>> operation)
        where T : class
    {
        try
        {
            return await operation();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return new StoreResult<T>(null, Of(fault, path));
        }
    }

    public static StoreFault Of(Exception fault, string path) => fault switch
    {
        UnauthorizedAccessException => new(StoreFaultKind.ReadOnly, path),
        IOException io when NoRoom.Contains(io.HResult) => new(StoreFaultKind.DiskFull, path),
        DirectoryNotFoundException or FileNotFoundException or PathTooLongException => new(StoreFaultKind.ReadOnly, path),
        IOException io when NotWritable.Contains(io.HResult) || NoFolder.Contains(io.HResult) => new(StoreFaultKind.ReadOnly, path),
        _ => new(StoreFaultKind.Failed, fault.Message),
    };
}
