using DensaiAdmin.Core;
using DensaiAdmin.Core.LoginIdAcquisition;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Tests.LoginIdAcquisition;

public sealed class AcquireLoginIdTests : IAsyncLifetime
{
    private static readonly Actor Visitor = Actor.Anonymous(CustomerFixture.Source);
    private const string Password = "a quite long password";
    private const string Confirmation = "another one";

    // 12 o'clock in Japan: an hour at which it is open.
    private static readonly DateTimeOffset Noon = new(2026, 9, 1, 3, 0, 0, TimeSpan.Zero);

    private readonly ActivationCode _code = ActivationCode.New();
    private CustomerFixture _fixture = null!;
    private AcquireLoginId _acquire = null!;
    private Company _company = null!;

    private CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private LetterData Letter => new("0501D70001", "101", "7000123", _code.Printed);

    private UserData Applicant => new("Hokuyo-Taro", "北洋 太郎", "taro@example.jp");

    public async ValueTask InitializeAsync()
    {
        _fixture = await CustomerFixture.OpenAsync();
        var bank = _fixture.Bank;
        _company = await bank.AddCompany("0501D70001");
        _fixture.Bank.Clock.SetUtcNow(Noon);
        await AddLetterAsync(_company, _code);
        _acquire = NewAcquire(bank.Clock);
    }

    private AcquireLoginId NewAcquire(TimeProvider clock)
    {
        var bank = _fixture.Bank;
        return new(
            bank.Writer, bank.Contexts, new AcquisitionHours(Options.Create(new AcquisitionHoursOptions()), bank.Clock), _fixture.Passwords,
            _fixture.Attempts, _fixture.Hasher,
            new PasswordPolicy(Options.Create(_fixture.PasswordLimits), Options.Create(new InstitutionOptions())),
            new SourceThrottle(
                Options.Create(_fixture.PasswordLimits),
                bank.Clock), _fixture.Refusals, Options.Create(new InstitutionOptions()), clock);
    }

    public ValueTask DisposeAsync()
    {
        _fixture.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Letter_ThenApplicant_ThenConfirmed_MakesAMasterWithOwnIdAndPasswords()
    {
        var token = await OpenAsync();
        Assert.Equal(ApplicationStage.Open, (await _acquire.FindAsync(token, Cancellation)).Stage);
        Assert.IsType<WriteApplicationOutcome.Written>(await WriteAsync(token));
        Assert.Null(UserOf("HOKUYO-TARO"));
        Assert.Equal(FinishApplicationOutcome.Done, await _acquire.FinishAsync(token, Visitor, Cancellation));

        var user = UserOf("HOKUYO-TARO")!;
        Assert.Equal(
            (_company.Id, "Hokuyo-Taro", "北洋 太郎", "taro@example.jp", UserRole.Master),
            (user.CompanyId, user.LoginId, user.Name, user.MailAddress, user.Role));
        Assert.True(user.LoginPassword.Matches(new(Password)));
        Assert.True(user.ConfirmationPassword.Matches(new(Confirmation)));
        Assert.Null(user.OneTimePasswordExpiresAt);
        var done = await _acquire.FindAsync(token, Cancellation);
        Assert.Equal((ApplicationStage.Done, "Hokuyo-Taro", (DateTimeOffset?)Noon), (done.Stage, done.LoginId, done.DoneAt));
        Assert.Matches("^L-20260901-[0-9A-Z]{4}-[0-9A-Z]{4}$", done.ReceiptNumber);
        var records = _fixture.History(HistoryOperation.LoginIdAcquisition);
        Assert.Equal(
            [("letter-accepted", _company.Id), ("login-id-acquired", _company.Id)], records.Select(r => (r.Detail, r.CompanyId!.Value)));
        Assert.Equal((user.Id, done.ReceiptNumber), (records[1].UserId!.Value, records[1].ReceiptNumber));
        var mail = Assert.Single((await _fixture.MailsAsync(MailKind.LoginIdAcquired)));
        Assert.Equal("taro@example.jp", mail.Address);
        Assert.Contains("Hokuyo-Taro", mail.Text, StringComparison.Ordinal);
        Assert.Contains("電子証明書発行", mail.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("http", mail.Text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Password, mail.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LoginId_ThatSomebodyTriedBeforeItWasGiven_IsLockedOnNoWay()
    {
        var token = await OpenAsync();
        await WriteAsync(token);
        await _fixture.Bank.Act(work =>
        {
            foreach (var path in Enum.GetValues<PasswordPath>())
            {
                for (var n = 0; n < _fixture.PasswordLimits.FailuresUntilLock; n++)
                {
                    _fixture.Attempts.Take(work, "HOKUYO-TARO", path);
                    work.Db.SaveChanges();
                }
            }
        });
        Assert.All(Enum.GetValues<PasswordPath>(), path => Assert.True(StateOf(path).IsLocked));

        Assert.Equal(FinishApplicationOutcome.Done, await _acquire.FinishAsync(token, Visitor, Cancellation));

        Assert.All(Enum.GetValues<PasswordPath>(), path => Assert.Equal(_fixture.Attempts.Untouched, StateOf(path)));
        AttemptState StateOf(PasswordPath path) => _fixture.Bank.Read(db => _fixture.Attempts.StateOf(db, "HOKUYO-TARO", path, Noon));
    }

    [Theory]
    [InlineData("０５０１ｄ７０００１", "１０１", " 7000123 ")]
    [InlineData("0501D70001", "101", "7000-123")]
    public async Task Letter_TypedAsPeopleDo_IsUnderstood(string number, string branch, string account)
    {
        var code = _code.Printed.ToLowerInvariant().Replace('-', 'ー');
        Assert.IsType<OpenLetterOutcome.Opened>(await _acquire.OpenAsync(new(number, branch, account, code), Visitor, Cancellation));
    }

    [Theory]
    [InlineData("0501D70002", "101", "7000123", true)]
    [InlineData("0501D70001", "102", "7000123", true)]
    [InlineData("0501D70001", "101", "7000124", true)]
    [InlineData("0501D70001", "101", "7000123", false)]
    [InlineData("", "", "", false)]
    [InlineData("0501D60001", "101", "7000123", true)]
    public async Task Letter_WrongInAnything_IsRefusedAlike_AndCounted(string number, string branch, string account, bool rightCode)
    {
        var outcome = await _acquire.OpenAsync(
            new(number, branch, account, rightCode ? _code.Printed : ActivationCode.New().Printed), Visitor, Cancellation);

        Assert.Equal(new OpenLetterOutcome.Refused(), outcome);
        Assert.Equal(1, Assert.Single(_fixture.Bank.Read(db => db.PasswordAttempts.AsNoTracking().ToList())).Failures);
        await _fixture.Refusals.FlushAsync(Cancellation);
        var record = Assert.Single(_fixture.History(HistoryOperation.LoginIdAcquisition));
        Assert.Equal((HistoryResult.Refused, "letter-wrong", (long?)null), (record.Result, record.Detail, record.CompanyId));
    }

    [Fact]
    public async Task Letter_Expired_IsRefused()
    {
        _fixture.Bank.Clock.SetUtcNow(Noon + ActivationLetter.Validity);
        Assert.IsType<OpenLetterOutcome.Refused>(await _acquire.OpenAsync(Letter, Visitor, Cancellation));
    }

    [Fact]
    public async Task Letter_Used_IsRefused()
    {
        await FinishedAsync();
        Assert.IsType<OpenLetterOutcome.Refused>(await _acquire.OpenAsync(Letter, Visitor, Cancellation));
    }

    [Fact]
    public async Task Contract_TriedTooOftenByASource_IsLockedForItForATime_EvenForTheRightCode()
    {
        for (var n = 0; n < _fixture.PasswordLimits.FailuresUntilLock; n++)
        {
            await _acquire.OpenAsync(Letter with { Code = "wrong" }, Visitor, Cancellation);
        }

        Assert.IsType<OpenLetterOutcome.Refused>(await _acquire.OpenAsync(Letter, Visitor, Cancellation));
        _fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(_fixture.PasswordLimits.LockMinutes));
        await OpenAsync();
        await _fixture.Refusals.FlushAsync(Cancellation);
        Assert.Contains(_fixture.History(HistoryOperation.LoginIdAcquisition), r => r.Detail == "letter-locked");
    }

    [Fact]
    public async Task Outsiders_WhoKnowContractAndAccount_KeepNoCompanyOut()
    {
        for (var source = 1; source <= 20; source++)
        {
            for (var n = 0; n < 7; n++)
            {
                await _acquire.OpenAsync(Letter with { Code = "wrong" }, Actor.Anonymous($"198.51.100.{source}"), Cancellation);
            }
        }

        Assert.IsType<OpenLetterOutcome.Opened>(await _acquire.OpenAsync(Letter, Visitor, Cancellation));
    }

    [Fact]
    public async Task Letter_OpenedAgainAndAgain_MakesFewRecords()
    {
        for (var n = 0; n < 100; n++)
        {
            await _acquire.OpenAsync(Letter, Actor.Anonymous($"198.51.100.{n}"), Cancellation);
        }

        Assert.Equal(10, _fixture.History(HistoryOperation.LoginIdAcquisition).Count);
        Assert.Single(_fixture.Bank.Read(db => db.LoginIdApplications.ToList()));
        _fixture.Bank.Clock.Advance(TimeSpan.FromHours(1));
        await OpenAsync();
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Letter_ReplacedWhileItsCodeWasChecked_OpensNothing(bool used, bool replaced)
    {
        // The clock is asked between the reading of the letter and the check of its code.
        var acquire = NewAcquire(new Meanwhile(_fixture.Bank.Clock, () =>
        {
            if (used)
            {
                _fixture.Bank.Sql($"UPDATE ActivationLetters SET UsedAt = 1");
            }

            if (replaced)
            {
                AddLetterAsync(_company, ActivationCode.New()).GetAwaiter().GetResult();
            }
        }));

        Assert.IsType<OpenLetterOutcome.Refused>(await acquire.OpenAsync(Letter, Visitor, Cancellation));
        Assert.Empty(_fixture.Bank.Read(db => db.LoginIdApplications.ToList()));
    }

    [Fact]
    public async Task LoginId_IsAskedOnlyWhenAllElseIsRight()
    {
        var token = await OpenAsync();
        var taken = Applicant with { LoginId = "0501D60001M" };

        var outcomes = new[]
        {
            await _acquire.WriteAsync(token, taken, new("short"), new(Confirmation), Visitor, Cancellation),
            await _acquire.WriteAsync(token, taken, new(Password), new(Password), Visitor, Cancellation),
            await WriteAsync(token, taken with { Name = "" }),
            await WriteAsync(token, taken with { MailAddress = "nowhere" }),
            await _acquire.EvaluateAsync(token, taken, new(Password), new(Confirmation), isComplete: false, Visitor, Cancellation)
                ?? new WriteApplicationOutcome.Written(),
        };

        Assert.All(
            outcomes,
            outcome => Assert.DoesNotContain(UserDataFault.LoginIdTaken, (outcome as WriteApplicationOutcome.Faulty)?.Faults ?? []));
    }

    [Fact]
    public async Task LoginIds_OfTheBank_CannotBeListedWithOneLetter()
    {
        var told = 0;
        for (var opened = 0; opened < 5; opened++)
        {
            var token = await OpenAsync();
            for (var n = 0; n < 20; n++)
            {
                var outcome = await WriteAsync(token, Applicant with { LoginId = n % 2 == 0 ? "0501D60001M" : $"free{n}" });
                told += outcome is WriteApplicationOutcome.TooManyTries or WriteApplicationOutcome.Busy ? 0 : 1;
            }
        }

        Assert.Equal(10, told);
        _fixture.Bank.Clock.Advance(TimeSpan.FromHours(1));
        Assert.IsType<WriteApplicationOutcome.Written>(await WriteAsync(await OpenAsync()));
    }

    [Fact]
    public async Task Company_WithAsManyUsersAsItsContractAllows_GetsNoMore_WhereverItIsNoticed()
    {
        var token = await OpenAsync();
        Assert.IsType<WriteApplicationOutcome.Written>(await WriteAsync(token));
        _fixture.Bank.Sql($"UPDATE Companies SET MaxUsers = 1 WHERE Id = {_company.Id}");
        await _fixture.Bank.AddUser("another", _company);

        Assert.IsType<WriteApplicationOutcome.LimitReached>(await WriteAsync(token));
        Assert.Equal(FinishApplicationOutcome.LimitReached, await _acquire.FinishAsync(token, Visitor, Cancellation));

        Assert.Null(UserOf("HOKUYO-TARO"));
        await _fixture.Refusals.FlushAsync(Cancellation);
        Assert.Contains(
            _fixture.History(HistoryOperation.LoginIdAcquisition), r => r is { Detail: "limit-reached", Result: HistoryResult.Refused });
        // The letter is as good as before.
        _fixture.Bank.Sql($"UPDATE Companies SET MaxUsers = 2 WHERE Id = {_company.Id}");
        Assert.Equal(FinishApplicationOutcome.Done, await _acquire.FinishAsync(token, Visitor, Cancellation));
    }

    [Fact]
    public async Task Result_IsShownForHalfAnHour_AndThenGone()
    {
        var token = await OpenAsync();
        await WriteAsync(token);
        await _acquire.FinishAsync(token, Visitor, Cancellation);
        using var forget = new ForgetApplicationsJob(
            _fixture.Bank.Writer, _fixture.Bank.Contexts, _fixture.Bank.Clock, NullLogger<ForgetApplicationsJob>.Instance);

        _fixture.Bank.Clock.Advance(LoginIdApplication.ShownFor - TimeSpan.FromMilliseconds(1));
        await forget.RunOnceAsync(Cancellation);
        Assert.Equal("Hokuyo-Taro", (await _acquire.FindAsync(token, Cancellation)).LoginId);

        _fixture.Bank.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(new ApplicationView(ApplicationStage.NotOpen), await _acquire.FindAsync(token, Cancellation));
        await forget.RunOnceAsync(Cancellation);
        Assert.Empty(_fixture.Bank.Read(db => db.LoginIdApplications.ToList()));
        Assert.NotNull(UserOf("HOKUYO-TARO"));
    }

    [Fact]
    public async Task Application_ThatWasAbandoned_IsSweptWithItsPasswords()
    {
        await WriteAsync(await OpenAsync());
        using var forget = new ForgetApplicationsJob(
            _fixture.Bank.Writer, _fixture.Bank.Contexts, _fixture.Bank.Clock, NullLogger<ForgetApplicationsJob>.Instance);

        await forget.RunOnceAsync(Cancellation);
        Assert.NotNull(Assert.Single(_fixture.Bank.Read(db => db.LoginIdApplications.AsNoTracking().ToList())).LoginPassword);

        _fixture.Bank.Clock.Advance(LoginIdApplication.Validity);
        await forget.RunOnceAsync(Cancellation);
        Assert.Empty(_fixture.Bank.Read(db => db.LoginIdApplications.ToList()));
    }

    [Fact]
    public async Task Button_PressedByAnybodyAsOftenAsTheyLike_IsOneRecordAMinute()
    {
        for (var n = 0; n < 500; n++)
        {
            await _acquire.FinishAsync(null, Visitor, Cancellation);
        }

        Assert.Empty(_fixture.History(HistoryOperation.LoginIdAcquisition));
        await _fixture.Refusals.FlushAsync(Cancellation);
        Assert.Equal(500, _fixture.History(HistoryOperation.LoginIdAcquisition).Sum(r => r.Count));
        Assert.InRange(_fixture.History(HistoryOperation.LoginIdAcquisition).Count, 1, 2);
    }

    [Fact]
    public async Task Source_ThatTriesTooOften_IsRefused_AndAnotherIsNot()
    {
        for (var n = 0; n < _fixture.PasswordLimits.OpenAttemptsPerSourceAndMinute; n++)
        {
            await _acquire.OpenAsync(Letter with { ContractNumber = $"invented{n}" }, Visitor, Cancellation);
        }

        Assert.IsType<OpenLetterOutcome.Refused>(await _acquire.OpenAsync(Letter, Visitor, Cancellation));
        Assert.IsType<OpenLetterOutcome.Opened>(await _acquire.OpenAsync(Letter, Actor.Anonymous("192.0.2.99"), Cancellation));
    }

    [Theory]
    [InlineData("2026-09-01T09:59:59.999Z", true)]
    [InlineData("2026-09-01T10:00:00Z", false)]
    [InlineData("2026-09-01T22:59:59.999Z", false)]
    [InlineData("2026-09-01T23:00:00Z", true)]
    public async Task Hours_AreThoseOfJapan(string instant, bool open)
    {
        _fixture.Bank.Clock.SetUtcNow(DateTimeOffset.Parse(instant, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(open, await _acquire.OpenAsync(Letter, Visitor, Cancellation) is OpenLetterOutcome.Opened);
    }

    [Fact]
    public async Task Closing_InTheMidst_RefusesWhatComesAfter_AndLosesNothingOfTheLetter()
    {
        _fixture.Bank.Clock.SetUtcNow(Noon.AddHours(6).AddMinutes(59));
        var token = await OpenAsync();
        Assert.IsType<WriteApplicationOutcome.Written>(await WriteAsync(token));
        _fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.IsType<WriteApplicationOutcome.Closed>(await WriteAsync(token));
        Assert.Equal(FinishApplicationOutcome.Closed, await _acquire.FinishAsync(token, Visitor, Cancellation));
        Assert.Null(UserOf("HOKUYO-TARO"));
        _fixture.Bank.Clock.Advance(TimeSpan.FromHours(13));
        await FinishedAsync();
    }

    [Fact]
    public async Task Application_LeftForTooLong_BeginsAgain()
    {
        var token = await OpenAsync();
        await WriteAsync(token);
        _fixture.Bank.Clock.Advance(LoginIdApplication.Validity);

        Assert.IsType<WriteApplicationOutcome.NotOpen>(await WriteAsync(token));
        Assert.Equal(FinishApplicationOutcome.NotOpen, await _acquire.FinishAsync(token, Visitor, Cancellation));
        await FinishedAsync();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task Application_NobodyOpened_IsNone(string? token)
    {
        Assert.Equal(new ApplicationView(ApplicationStage.NotOpen), await _acquire.FindAsync(token, Cancellation));
        Assert.IsType<WriteApplicationOutcome.NotOpen>(await WriteAsync(token));
        Assert.Equal(FinishApplicationOutcome.NotOpen, await _acquire.FinishAsync(token, Visitor, Cancellation));
    }

    [Fact]
    public async Task Finish_BeforeAnythingIsWritten_DoesNothing()
    {
        var token = await OpenAsync();
        Assert.Equal(FinishApplicationOutcome.NotWritten, await _acquire.FinishAsync(token, Visitor, Cancellation));
    }

    [Fact]
    public async Task Finish_ManyTimesAtOnce_MakesOneUserAndOneMail()
    {
        var token = await OpenAsync();
        await WriteAsync(token);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _acquire.FinishAsync(token, Visitor, Cancellation)));

        Assert.All(outcomes, o => Assert.Equal(FinishApplicationOutcome.Done, o));
        Assert.Equal(1, _fixture.Bank.Read(db => db.Users.Count(u => u.CompanyId == _company.Id)));
        Assert.Single((await _fixture.MailsAsync(MailKind.LoginIdAcquired)));
        Assert.Single(_fixture.History(HistoryOperation.LoginIdAcquisition), r => r.Detail == "login-id-acquired");
    }

    [Fact]
    public async Task Letter_OpenedTwice_LeavesTheLaterApplicationOnly()
    {
        var first = await OpenAsync();
        await WriteAsync(first);
        var second = await OpenAsync();

        Assert.Equal(FinishApplicationOutcome.NotOpen, await _acquire.FinishAsync(first, Visitor, Cancellation));
        Assert.Equal(ApplicationStage.Open, (await _acquire.FindAsync(second, Cancellation)).Stage);
    }

    [Theory]
    [InlineData("0501D60001M")]
    [InlineData("０５０１ｄ６０００１ｍ")]
    public async Task LoginId_OfSomebody_IsNotGivenTwice_AlsoAfterDeletion(string loginId)
    {
        _fixture.Bank.Sql($"UPDATE Users SET DeletedAt = 1 WHERE Id = {_fixture.Master.Id}");
        var token = await OpenAsync();

        var faulty = Assert.IsType<WriteApplicationOutcome.Faulty>(await WriteAsync(token, Applicant with { LoginId = loginId }));

        Assert.Equal([UserDataFault.LoginIdTaken], faulty.Faults);
    }

    [Fact]
    public async Task LoginId_TakenBetweenWritingAndConfirming_IsRefused_AndTheLetterStaysGood()
    {
        var token = await OpenAsync();
        await WriteAsync(token);
        await _fixture.Bank.AddUser("hokuyo-taro", _fixture.Company);

        Assert.Equal(FinishApplicationOutcome.LoginIdTaken, await _acquire.FinishAsync(token, Visitor, Cancellation));
        await _fixture.Refusals.FlushAsync(Cancellation);
        Assert.Contains(
            _fixture.History(HistoryOperation.LoginIdAcquisition), r => r is { Detail: "login-id-taken", Result: HistoryResult.Refused });
        Assert.IsType<WriteApplicationOutcome.Written>(await WriteAsync(token, Applicant with { LoginId = "hokuyo-jiro" }));
        Assert.Equal(FinishApplicationOutcome.Done, await _acquire.FinishAsync(token, Visitor, Cancellation));
    }

    [Theory]
    [InlineData("short", Confirmation, PasswordPolicyOutcome.TooShort, PasswordPolicyOutcome.Accepted)]
    [InlineData(Password, Password, PasswordPolicyOutcome.Accepted, PasswordPolicyOutcome.SameAsOther)]
    [InlineData(Password, "", PasswordPolicyOutcome.Accepted, PasswordPolicyOutcome.TooShort)]
    [InlineData(Password, "HOKUYO-TARO", PasswordPolicyOutcome.Accepted, PasswordPolicyOutcome.TooPersonal)]
    public async Task Passwords_FollowThePolicy(
        string password, string confirmation, PasswordPolicyOutcome login, PasswordPolicyOutcome other)
    {
        var token = await OpenAsync();
        var faulty = Assert.IsType<WriteApplicationOutcome.Faulty>(
            await _acquire.WriteAsync(token, Applicant, new(password), new(confirmation), Visitor, Cancellation));
        Assert.Equal((login, other), (faulty.LoginPassword, faulty.ConfirmationPassword));
        Assert.Equal(ApplicationStage.Open, (await _acquire.FindAsync(token, Cancellation)).Stage);
    }

    [Fact]
    public async Task Secrets_AtRest_AreHashesOnly_AndPrintRedacted()
    {
        var token = await OpenAsync();
        await WriteAsync(token);
        var rows = _fixture.Bank.Read(db => db.LoginIdApplications.AsNoTracking().Include(a => a.Letter).Single());
        Assert.NotEqual(token, rows.TokenHash.ToString());
        Assert.True(rows.Letter.Code.Matches(_code.AsSupplied()));
        Assert.True(rows.LoginPassword!.Matches(new(Password)));
        Assert.DoesNotContain(_code.Printed, rows.Letter.Code.Stored, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, rows.LoginPassword.Stored, StringComparison.Ordinal);
        Assert.DoesNotContain(_code.Printed, $"{_code} {Letter} {new OpenLetterOutcome.Opened(token)}", StringComparison.Ordinal);
        Assert.DoesNotContain(token, new OpenLetterOutcome.Opened(token).ToString(), StringComparison.Ordinal);
        await _acquire.FinishAsync(token, Visitor, Cancellation);
        Assert.Null(_fixture.Bank.Read(db => db.LoginIdApplications.AsNoTracking().Single()).LoginPassword);
    }

    private async Task<string> OpenAsync() =>
        Assert.IsType<OpenLetterOutcome.Opened>(await _acquire.OpenAsync(Letter, Visitor, Cancellation)).Token;

    private Task<WriteApplicationOutcome> WriteAsync(string? token, UserData? data = null) =>
        _acquire.WriteAsync(token, data ?? Applicant, new(Password), new(Confirmation), Visitor, Cancellation);

    private async Task FinishedAsync()
    {
        var token = await OpenAsync();
        Assert.IsType<WriteApplicationOutcome.Written>(await WriteAsync(token));
        Assert.Equal(FinishApplicationOutcome.Done, await _acquire.FinishAsync(token, Visitor, Cancellation));
    }

    /// <summary>Does something once, when it is first asked for the time.</summary>
    private sealed class Meanwhile(TimeProvider clock, Action once) : TimeProvider
    {
        private Action? _once = once;

        public override DateTimeOffset GetUtcNow()
        {
            Interlocked.Exchange(ref _once, null)?.Invoke();
            return clock.GetUtcNow();
        }
    }

    private User? UserOf(string canonical) =>
        _fixture.Bank.Read(db => db.Users.AsNoTracking().SingleOrDefault(u => u.CanonicalLoginId == canonical));

    private Task AddLetterAsync(Company company, ActivationCode code)
    {
        var hash = PasswordHash.Of(code.AsSupplied(), iterations: 1);
        return _fixture.Bank.Act(work => work.Db.ActivationLetters.Add(new ActivationLetter(
            work.Db.Companies.Single(c => c.Id == company.Id), AccountNumber.Read("101", "7000123")!, hash, work.Now)));
    }
}
