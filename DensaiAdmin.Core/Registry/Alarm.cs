using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DensaiAdmin.Core.Registry;

/// <summary>What the bank must look at by itself, because no customer's act shows it.</summary>
public enum AlarmKind
{
    /// <summary>A certificate that our CA signed and the inventory does not have was shown: the CA's key may be in other hands.</summary>
    KeyCompromise,

    /// <summary>Somebody tried to take over an open page that belongs to another session.</summary>
    ForeignCircuit,

    /// <summary>The server's clock is not to be trusted.</summary>
    Clock,

    /// <summary>Store, newest CRL and anchor do not say the same of what is revoked, or of where the history stands.</summary>
    StoreDisagreement,

    /// <summary>An operator acted alone, where two are asked for.</summary>
    BreakGlass,
}

/// <summary>An alarm that was raised: one of its kind and subject, for ever.</summary>
public sealed class Alarm
{
    /// <summary>The most characters of a subject.</summary>
    public const int MaxSubject = 128;

    private Alarm()
    {
    }

    internal Alarm(AlarmKind kind, string subject, DateTimeOffset raisedAt)
    {
        Kind = kind;
        Subject = subject;
        RaisedAt = raisedAt;
    }

    public long Id { get; private set; }

    public AlarmKind Kind { get; private set; }

    /// <summary>What it is about: a fingerprint, a serial, a session, a day.</summary>
    public string Subject { get; private set; } = "";

    /// <summary>UTC.</summary>
    public DateTimeOffset RaisedAt { get; private set; }
}

internal sealed class AlarmConfiguration : IEntityTypeConfiguration<Alarm>
{
    public void Configure(EntityTypeBuilder<Alarm> alarm)
    {
        alarm.Property(a => a.Kind).HasConversion<string>().HasMaxLength(32);
        alarm.Property(a => a.Subject).HasMaxLength(Alarm.MaxSubject);
        alarm.HasIndex(a => new { a.Kind, a.Subject }).IsUnique();
        alarm.HasIndex(a => new { a.RaisedAt, a.Kind });
    }
}

/// <summary>What belongs to an alarm beside its subject; it stands in the record and in the mail.</summary>
public sealed record AlarmFacts
{
    /// <summary>Network source, or "server".</summary>
    public string Source { get; init; } = "server";

    /// <summary>What the record says beside its code; the subject when null.</summary>
    public string? Value { get; init; }

    /// <summary>Serial of the certificate concerned, upper hex.</summary>
    public string? SerialNumber { get; init; }

    /// <summary>Whose certificate, session or password it is, as far as it is known.</summary>
    public string? LoginId { get; init; }
}
