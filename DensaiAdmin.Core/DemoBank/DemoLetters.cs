using System.Globalization;
using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Core.DemoBank;

/// <param name="Company">契約番号.</param>
/// <param name="Branch">店番 of 代表口座.</param>
/// <param name="Account">口座番号 of 代表口座.</param>
internal sealed record DemoLetter(string Company, string Branch, string Account);

/// <summary>ご案内の書面 of the demo bank: with these a company takes its first login ID.</summary>
internal static class DemoLetters
{
    /// <summary>One to a company that has nobody yet, one to the company of ID・パスワード方式, for another master of it.</summary>
    public static readonly IReadOnlyList<DemoLetter> All = [new("0501D70001", "101", "7000123"), new("0501D00900", "102", "0900456")];

    /// <summary>The letter as the bank would print and post it.</summary>
    public static string Print(
        DemoLetter letter, string companyName, ActivationCode code, DateTimeOffset issuedAt, DateTimeOffset expiresAt,
        InstitutionOptions institution) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        {JapanTime.JstDate(issuedAt):yyyy年MM月dd日}

        {companyName} 御中

                                            {institution.BankName}
                                            {institution.ServiceName}

                      ログインID取得のご案内

        拝啓　平素は格別のお引き立てを賜り、厚く御礼申し上げます。
        このたびは{institution.ServiceName}をお申し込みいただき、誠にありがとうございます。
        下記により、マスターユーザのログインIDを取得してくださいますようお願い申し上げます。
                                                              敬具

                                記

        契約番号　　　　：{letter.Company}
        代表口座　　　　：店番 {letter.Branch}　口座番号 {letter.Account}
        利用開始コード　：{code.Printed}
        有効期限　　　　：{JapanTime.Format(expiresAt)}

        お手続き
          1. ログイン画面を開き、「ログインID取得」を押してください。
          2. 上の契約番号、代表口座、利用開始コードを入力してください。
          3. お客様がお決めになるログインIDとパスワードを登録してください。

        ご注意
          ・利用開始コードは一度だけ使用できます。
          ・この書面は、お手続きが済むまで、ほかの方の目に触れないよう保管してください。
          ・当行が電話や電子メールで利用開始コードやパスワードをおたずねすることはありません。
          ・{institution.ContactText}

        """);
}
