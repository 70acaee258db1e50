using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Support;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Tests.Registry;

public sealed class AlarmTests : IDisposable
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private readonly TestBank _bank = TestBank.Open();
    private readonly LogBook _log = new();
    private readonly Alarms _alarms;

    public AlarmTests() => _alarms = NewAlarms();

    public static TheoryData<AlarmKind> Kinds => [.. Enum.GetValues<AlarmKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Alarm_OfEachKind_IsOneRecordOneLineAndOneMailToEachOperatorWithAnAddress(AlarmKind kind)
    {
        var company = await _bank.AddCompany();
        await _bank.AddUser("0501D00601M", company, UserRole.Master);
        await _bank.AddUser("clerk1", null, UserRole.CounterClerk);
        await _bank.AddUser("approver1", null, UserRole.CounterApprover);
        await _bank.AddUser("silent", null, UserRole.CounterClerk);
        await _bank.AddUser("gone", null, UserRole.CounterApprover);
        _bank.Sql($"UPDATE Users SET MailAddress = '' WHERE LoginId = 'silent'");
        _bank.Sql($"UPDATE Users SET DeletedAt = 1 WHERE LoginId = 'gone'");
        var facts = new AlarmFacts { Source = "192.0.2.7", Value = "what happened", SerialNumber = "0A0B", LoginId = "0501D00601M" };

        Assert.True(await _bank.Act(work => _alarms.Raise(work, kind, "subject", facts)));

        var record = Assert.Single(_bank.History());
        Assert.Equal(
            (HistoryOperation.Alarm, HistoryResult.Done, Alarms.Code(kind), "what happened", "0A0B", "192.0.2.7", null),
            (record.Operation, record.Result, record.Detail, record.Value, record.SerialNumber, record.Source, record.CompanyId));
        var line = Assert.Single(_log.Lines);
        Assert.Equal(LogLevel.Critical, line.Level);
        Assert.Equal($"DensaiAdmin.Core.History.Alarms: ALARM {kind}: what happened (serial 0A0B, from 192.0.2.7) ", line.Text);
        var mails = await _bank.MailsAsync();
        Assert.Equal(["approver1@example.jp", "clerk1@example.jp"], mails.Select(m => m.Address).Order(StringComparer.Ordinal));
        Assert.All(mails, mail =>
        {
            Assert.Equal(MailKind.Alarm, mail.Kind);
            Assert.StartsWith("【北洋銀行】警報：", mail.Subject, StringComparison.Ordinal);
            Assert.Contains("内容：what happened", mail.Text, StringComparison.Ordinal);
            Assert.Contains("証明書シリアル番号：0A0B", mail.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("http", mail.Text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("ホーム画面", mail.Text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Alarm_OfTheSameKindAndSubject_IsRaisedOnce_OverRestartsToo()
    {
        Assert.True(await _alarms.RaiseAsync(AlarmKind.KeyCompromise, "AA", cancellation: Cancellation));
        Assert.False(await _alarms.RaiseAsync(AlarmKind.KeyCompromise, "AA", cancellation: Cancellation));
        Assert.True(await _alarms.RaiseAsync(AlarmKind.Clock, "AA", cancellation: Cancellation));
        Assert.True(await _alarms.RaiseAsync(AlarmKind.KeyCompromise, "BB", cancellation: Cancellation));

        _bank.Restart();

        Assert.False(await NewAlarms().RaiseAsync(AlarmKind.KeyCompromise, "AA", cancellation: Cancellation));
        Assert.Equal(3, _bank.History().Count);
    }

    [Fact]
    public async Task Alarm_InAnActThatFails_IsNone()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => _bank.Act(work =>
        {
            _alarms.Raise(work, AlarmKind.ForeignCircuit, "7");
            throw new InvalidOperationException("after the alarm");
        }));

        Assert.Empty(_bank.History());
        Assert.Empty(_log.Lines);
        Assert.True(await _alarms.RaiseAsync(AlarmKind.ForeignCircuit, "7", cancellation: Cancellation));
    }

    [Fact]
    public async Task Alarms_ByTheThousand_AreSummedForTheDay()
    {
        await _bank.Act(work =>
        {
            for (var i = 0; i < Alarms.MaxPerKindAndDay + 50; i++)
            {
                _alarms.Raise(work, AlarmKind.KeyCompromise, $"certificate {i}");
            }

            Assert.True(_alarms.Raise(work, AlarmKind.Clock, "another kind"));
        });
        _bank.Clock.Advance(TimeSpan.FromDays(1));
        Assert.True(await _alarms.RaiseAsync(AlarmKind.KeyCompromise, "next day", cancellation: Cancellation));

        Assert.Equal(Alarms.MaxPerKindAndDay + 3, _bank.History().Count);
        Assert.Equal("*2026-09-01", _bank.History()[Alarms.MaxPerKindAndDay].Value);
    }

    [Fact]
    public async Task Line_OfAnAlarm_StaysOneLineWhateverItIsAbout()
    {
        await _alarms.RaiseAsync(AlarmKind.ForeignCircuit, "7", new() { Value = "a\nALARM b", Source = "x\r\ny" }, Cancellation);

        Assert.DoesNotContain('\n', Assert.Single(_log.Lines).Text);
    }

    public void Dispose() => _bank.Dispose();

    private Alarms NewAlarms() =>
        new(
            _bank.Writer,
            new Logger<Alarms>(new LoggerFactory([_log])));
}
