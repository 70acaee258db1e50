using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Users;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.Mail;

/// <summary>
/// What the words of a mail are made of: the record that owes it, and what is found by it. People are as they stood at the record; whom to
/// ask is said of those who can help when the mail is written.
/// </summary>
internal sealed class MailFacts
{
    private readonly UnitOfWork _work;
    private readonly HistoryRecord _record;
    private readonly PeopleThen _people;
    private readonly Lazy<PersonThen> _owner;
    private readonly Lazy<PersonKind> _person;
    private readonly Lazy<Certificate> _certificate;
    private readonly Lazy<AuthenticationMethod?> _method;

    public MailFacts(UnitOfWork work, MailKind kind, HistoryRecord record, PeopleThen people)
    {
        (_work, Kind, _record, _people) = (work, kind, record, people);
        // Where a record names no target, it is about whoever acted.
        _owner = new(() => people.Find(record.TargetUserId ?? record.UserId!.Value, record));
        _person = new(() => NextSteps.PersonOf(work.Db, Owner.Id, Owner.CompanyId, _owner.Value.Role, work.Now));
        _certificate = new(() =>
        {
            var serial = SerialNumber.Parse(record.SerialNumber!);
            return work.Db.Certificates.AsNoTracking().Single(c => c.SerialNumber == serial);
        });
        _method = new(() => work.Db.Companies.Where(c => c.Id == Owner.CompanyId)
            .Select(c => (AuthenticationMethod?)c.AuthenticationMethod).SingleOrDefault());
    }

    public MailKind Kind { get; }

    public DateTimeOffset At => _record.At;

    public string ReceiptNumber => _record.ReceiptNumber!;

    /// <summary>Whom the mail is about.</summary>
    public Correspondent Owner => _owner.Value.Correspondent;

    /// <summary>Who that is to those who help.</summary>
    public PersonKind Person => _person.Value;

    /// <summary>Name of who acted.</summary>
    public string By => _people.Find(_record.UserId!.Value, _record).Correspondent.Name;

    /// <summary>認証方式 of the owner's company; null for staff of the bank.</summary>
    public AuthenticationMethod? Method => _method.Value;

    /// <summary>Whether the owner logs in with a certificate.</summary>
    public bool HasCertificate => Method != AuthenticationMethod.IdAndPassword;

    /// <summary>How the owner stands after a master's act; only a release tells what is still in the way.</summary>
    public OwnerStanding Standing => new(
        Person, Method == AuthenticationMethod.Certificate,
        Kind == MailKind.UserReleased && _record.Value is { } cause ? Enum.Parse<AccessCause>(cause) : null);

    public Certificate Certificate => _certificate.Value;

    public X509RevocationReason Reason => Enum.Parse<X509RevocationReason>(_record.Value!);

    public string ChangedPassword => _record.Value switch
    {
        "login-password" => "ログインパスワード",
        "confirmation-password" => "確認用パスワード",
        _ => "ログインパスワードと確認用パスワード",
    };

    /// <summary>The login, or the refused try, that the owner does not know.</summary>
    public HistoryRecord ReportedLogin
    {
        get
        {
            var number = long.Parse(_record.Value!, CultureInfo.InvariantCulture);
            return _work.Db.HistoryRecords.AsNoTracking().Single(r => r.CompanyId == _record.CompanyId && r.RecordNumber == number);
        }
    }

    public AlarmFacts AlarmFacts => new()
    {
        Source = _record.Source,
        Value = _record.Value,
        SerialNumber = _record.SerialNumber,
        LoginId = _record.TargetLoginId,
    };
}
