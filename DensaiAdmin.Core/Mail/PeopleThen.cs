using System.Data.Common;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.Mail;

/// <summary>A user as a record knew it.</summary>
internal sealed record PersonThen(Correspondent Correspondent, UserRole Role, bool IsDeleted);

/// <summary>
/// The users as they stood at a record, after its act. Whatever became of them later changes nothing about who is told, and where.
/// </summary>
internal sealed class PeopleThen(UnitOfWork work)
{
    private const string Rows =
        """
        SELECT "Id", "CompanyId", "LoginId", "Name", "MailAddress", "Role", "SuspendedAt" IS NOT NULL, "DeletedAt" IS NOT NULL
        FROM "Users" WHERE
        """;

    private readonly ILookup<long, PastUser> _past = work.Db.PastUsers.AsNoTracking().OrderBy(p => p.UntilSequence)
        .ToLookup(p => p.UserId);

    public PersonThen Find(long id, HistoryRecord record) => Then(Read("\"Id\" = @id", ("@id", id)).Single(), record);

    /// <summary>
    /// The other masters of the owner's company. A suspended one may have left it; what goes on there is no longer told to that address.
    /// </summary>
    public IEnumerable<Correspondent> Masters(Correspondent owner, HistoryRecord record) => owner.CompanyId is null
        ? []
        : Among(
            Read("\"CompanyId\" = @company AND \"Role\" = 'Master'", ("@company", owner.CompanyId)), [UserRole.Master], owner.CompanyId,
            record).Where(master => master.Id != owner.Id);

    /// <summary>The operators of the bank.</summary>
    public IEnumerable<Correspondent> Operators(HistoryRecord record) => Among(
        Read("\"CompanyId\" IS NULL AND \"Role\" IN ('CounterClerk', 'CounterApprover')"),
        [UserRole.CounterClerk, UserRole.CounterApprover], companyId: null, record);

    /// <summary>
    /// Where the mail of a user went before the act whose first record this is; null where that act changed nothing of the user.
    /// </summary>
    public string? AddressBefore(long id, HistoryRecord record) =>
        _past[id].FirstOrDefault(p => p.UntilSequence == record.Sequence)?.MailAddress;

    // Those who have the role now, and those who had it then.
    private IEnumerable<Correspondent> Among(List<PersonThen> now, UserRole[] roles, long? companyId, HistoryRecord record) =>
        now.Concat(_past
                .Where(past => PastAt(past.Key, record) is { IsDeleted: false } one && roles.Contains(one.Role))
                .Select(past => past.Key).Except(now.Select(person => person.Correspondent.Id))
                .SelectMany(id => Read("\"Id\" = @id", ("@id", id))))
            .Select(person => Then(person, record))
            .Where(person => roles.Contains(person.Role) && person.Correspondent.CompanyId == companyId
                && person is { IsDeleted: false, Correspondent.IsSuspended: false })
            .Select(person => person.Correspondent);

    private PersonThen Then(PersonThen now, HistoryRecord record) =>
        PastAt(now.Correspondent.Id, record) is not { } past ? now : now with
        {
            Correspondent = now.Correspondent with { Name = past.Name, MailAddress = past.MailAddress, IsSuspended = past.IsSuspended },
            Role = past.Role,
            IsDeleted = past.IsDeleted,
        };

    private PastUser? PastAt(long id, HistoryRecord record) => _past[id].FirstOrDefault(p => p.UntilSequence > record.Sequence);

    private List<PersonThen> Read(string which, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var people = new List<PersonThen>();
        using var rows = work.Sql.Read($"{Rows} {which}", parameters);
        while (rows.Read())
        {
            people.Add(Of(rows));
        }

        return people;
    }

    private static PersonThen Of(DbDataReader row) => new(
        new(
            row.GetInt64(0), row.IsDBNull(1) ? null : row.GetInt64(1), row.GetString(2), row.GetString(3), row.GetString(4),
            IsSuspended: row.GetBoolean(6)),
        Enum.Parse<UserRole>(row.GetString(5)),
        row.GetBoolean(7));
}
